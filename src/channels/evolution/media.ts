import {readFile} from 'node:fs/promises'
import type {Http} from '../../base/http.ts'
import type {InboundMedia} from '../../base/message.ts'
import {fieldsOf, textOf} from '../../base/read.ts'
import type {Account, FetchedMedia, MediaFile} from '../channel.ts'
import {ChannelError} from '../errors.ts'
import {evolutionMediaLimits} from './check.ts'
import {askEvolution, MEDIA_MS} from './wire.ts'

/** There is nothing to upload to: the bytes themselves travel with the message. Do not store this id. */
export async function uploadMediaEvolution(file: MediaFile): Promise<{id: string}> {
  return {id: (await readFile(file.path)).toString('base64')}
}

/** The bytes of a file that a customer sent: from the webhook when they came with it, else from the server. */
export async function fetchMediaEvolution(
  media: InboundMedia,
  providerId: string,
  account: Account,
  http: Http,
): Promise<FetchedMedia> {
  if (media.base64 !== undefined) return fetched(media.base64, media.mime_type)
  const json = {message: {key: {id: providerId}}, convertToMp4: false}
  const maxBytes = Math.ceil((evolutionMediaLimits.document * 4) / 3) + 64 * 1024
  const call = {method: 'POST', action: 'chat/getBase64FromMediaMessage', json, timeoutMs: MEDIA_MS, maxBytes} as const
  const answer = fieldsOf(await askEvolution(call, account, http))
  const base64 = textOf(answer.base64)
  if (base64 === undefined) {
    const message = 'The server answered without the file; it may not keep messages.'
    throw new ChannelError({
      code: 'no_media',
      class: 'fix_request',
      message,
      nextStep: 'Ask the customer to send it again.',
    })
  }
  return fetched(base64, textOf(answer.mimetype) ?? media.mime_type)
}

function fetched(base64: string, mimeType: string | undefined): FetchedMedia {
  const data = base64.startsWith('data:') ? base64.slice(base64.indexOf(',') + 1) : base64
  return {bytes: Buffer.from(data, 'base64'), mimeType: mimeType ?? 'application/octet-stream'}
}
