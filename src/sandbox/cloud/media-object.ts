import type {Json} from '../json.ts'
import type {CheckContext, Draft} from './draft.ts'
import {type MediaKind, mediaProblem} from './media.ts'
import {invalidParameter, missing, needLink, needText, onlyKeys, optionalText, place} from './shape.ts'

const CAPTION_MAX = 1024
const FILENAME_MAX = 240

const keys: Record<MediaKind, ReadonlySet<string>> = {
  image: new Set(['id', 'link', 'caption']),
  video: new Set(['id', 'link', 'caption']),
  audio: new Set(['id', 'link', 'voice']),
  document: new Set(['id', 'link', 'caption', 'filename']),
  sticker: new Set(['id', 'link']),
}

/** Addresses no server of Meta can fetch from. */
const unreachable = /^https?:\/\/(localhost|127\.|10\.|192\.168\.|169\.254\.|172\.(1[6-9]|2\d|3[01])\.|\[)/i

/**
 * Checks a media object: one of `id` and `link`, nothing it does not know. A type or size that does not fit, or a link that
 * cannot be fetched, is no refusal but the failure that comes later.
 */
export function checkMedia(object: Json, kind: MediaKind, at: string, context: CheckContext): Draft['laterFailure'] {
  onlyKeys(object, at, keys[kind])
  optionalText(object, 'caption', at, {max: CAPTION_MAX, min: 0})
  optionalText(object, 'filename', at, {max: FILENAME_MAX})
  if (object.voice !== undefined && typeof object.voice !== 'boolean') {
    throw invalidParameter(`Param ${place(at, 'voice')} must be a boolean.`)
  }
  if (object.id !== undefined && object.link !== undefined) {
    throw invalidParameter(`Param ${at} takes one of 'id' and 'link', not both.`)
  }
  if (object.link !== undefined) {
    const link = needLink(object, 'link', at)
    return unreachable.test(link)
      ? {code: 131053, details: `Media download error: ${link} cannot be reached.`}
      : undefined
  }
  if (object.id === undefined) throw missing(`${at}['id'] or ${at}['link']`)
  const id = needText(object, 'id', at, {max: 100})
  const media = context.media.get(id)
  if (media?.owner !== context.phoneNumberId) {
    throw invalidParameter(`Param ${place(at, 'id')} is not a valid whatsapp business account media attachment ID`)
  }
  const problem = mediaProblem(media.mimeType, media.bytes, kind)
  return problem === undefined ? voiceProblem(object, media.mimeType) : {code: 131053, details: problem}
}

function voiceProblem(object: Json, mimeType: string): Draft['laterFailure'] {
  if (object.voice !== true || mimeType.startsWith('audio/ogg')) return undefined
  return {code: 131053, details: `A voice message must be audio/ogg with OPUS, not ${mimeType}.`}
}
