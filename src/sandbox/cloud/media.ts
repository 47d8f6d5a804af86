import {createHash} from 'node:crypto'
import type {World} from '../world.ts'

export interface StoredMedia {
  id: string
  /** Phone number id. */
  owner: string
  mimeType: string
  bytes: Buffer
  sha256: string
  expiresAt: number
}

/** Bytes the stand-in holds: uploaded by the business for 30 days, sent in by customers for 7. */
export interface MediaStore {
  put(media: {owner: string; mimeType: string; bytes: Buffer; days: number}): StoredMedia
  get(id: string): StoredMedia | undefined
  remove(id: string): boolean
  /** A link of five minutes; only with the token it opens. */
  link(base: string, media: StoredMedia): string
  /** The media behind the query of such a link, undefined when it is over or made up. */
  open(query: URLSearchParams): StoredMedia | undefined
}

export type MediaKind = 'image' | 'audio' | 'video' | 'document' | 'sticker'

const MB = 1024 * 1024
const office = 'application/vnd.openxmlformats-officedocument'

/** What each kind may be, and its most bytes. */
export const mediaLimits: Record<MediaKind, {types: readonly string[]; max: number}> = {
  image: {types: ['image/jpeg', 'image/png'], max: 5 * MB},
  audio: {types: ['audio/aac', 'audio/amr', 'audio/mpeg', 'audio/mp4', 'audio/ogg'], max: 16 * MB},
  video: {types: ['video/mp4', 'video/3gpp'], max: 16 * MB},
  document: {
    types: [
      ...['text/plain', 'application/pdf', 'application/msword', 'application/vnd.ms-excel'],
      ...['application/vnd.ms-powerpoint', `${office}.wordprocessingml.document`],
      ...[`${office}.spreadsheetml.sheet`, `${office}.presentationml.presentation`],
    ],
    max: 100 * MB,
  },
  sticker: {types: ['image/webp'], max: 500 * 1024},
}

const STATIC_STICKER = 100 * 1024
const LINK_SECONDS = 300
const DAY = 86_400_000
const HOLD_BYTES = 256 * MB

export const bareType = (mimeType: string) => mimeType.split(';')[0]?.trim().toLowerCase() ?? ''

/** Why these bytes cannot be that kind of media; undefined when they can. A kind left out is found by its type. */
export function mediaProblem(mimeType: string, bytes: Buffer, kind?: MediaKind): string | undefined {
  const type = bareType(mimeType)
  const fitting = (Object.keys(mediaLimits) as MediaKind[]).find((one) => mediaLimits[one].types.includes(type))
  if (!fitting) return `Unsupported ${kind ?? 'media'} mime type ${type}.`
  if (kind && fitting !== kind && kind !== 'document') return `Unsupported ${kind} mime type ${type}.`
  const still = type === 'image/webp' && !bytes.subarray(0, 64).includes('ANIM')
  const max = still ? STATIC_STICKER : mediaLimits[kind ?? fitting].max
  return bytes.length > max ? `File size ${bytes.length} is over the ${max} bytes allowed for ${type}.` : undefined
}

export function createMediaStore({clock, random}: Pick<World, 'clock' | 'random'>): MediaStore {
  const held = new Map<string, StoredMedia>()
  let bytesHeld = 0
  let next = 1_000_000_000_000_000 + Math.floor(random.number() * 1e14)
  const remove = (id: string) => {
    bytesHeld -= held.get(id)?.bytes.length ?? 0
    return held.delete(id)
  }
  const get = (id: string) => {
    const media = held.get(id)
    return media && media.expiresAt > clock.now() ? media : undefined
  }
  return {
    put({owner, mimeType, bytes, days}) {
      const sha256 = createHash('sha256').update(bytes).digest('hex')
      const media = {id: String(next++), owner, mimeType, bytes, sha256, expiresAt: clock.now() + days * DAY}
      held.set(media.id, media)
      bytesHeld += bytes.length
      for (const oldest of held.keys()) {
        if (bytesHeld <= HOLD_BYTES) break
        remove(oldest)
      }
      return media
    },
    get,
    remove,
    link(base, media) {
      const ext = Math.floor(clock.now() / 1000) + LINK_SECONDS
      return `${base}/whatsapp_business/attachments/?mid=${media.id}&ext=${ext}&hash=${hashOf(media, ext)}`
    },
    open(query) {
      const media = get(query.get('mid') ?? '')
      const ext = Number(query.get('ext'))
      if (!media || query.get('hash') !== hashOf(media, ext)) return undefined
      return ext * 1000 > clock.now() ? media : undefined
    },
  }
}

const hashOf = (media: StoredMedia, ext: number) =>
  createHash('sha256').update(`${media.sha256}.${media.id}.${ext}`).digest('base64url').slice(0, 24)
