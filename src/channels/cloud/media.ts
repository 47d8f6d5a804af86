import {readFile} from 'node:fs/promises'
import {basename} from 'node:path'
import type {Http, HttpResponse} from '../../base/http.ts'
import {mediaLimits, type InboundMedia} from '../../base/message.ts'
import {textOf} from '../../base/read.ts'
import type {Account, FetchedMedia, MediaFile} from '../channel.ts'
import {ChannelError, transportFailure} from '../errors.ts'
import {askGraph, policyOf, USER_AGENT} from './graph.ts'

const TRANSFER_MS = 120_000

/** Uploads a file of ours; the id can be sent for 30 days. */
export async function uploadMediaCloud(file: MediaFile, account: Account, http: Http): Promise<{id: string}> {
  const form = new FormData()
  form.set('messaging_product', 'whatsapp')
  form.set('type', file.mimeType)
  const bytes = new Blob([await readFile(file.path)], {type: file.mimeType})
  form.set('file', bytes, file.filename ?? basename(file.path))
  const path = `${account.phoneNumberId ?? ''}/media`
  const {id: raw} = await askGraph({method: 'POST', path, form, timeoutMs: TRANSFER_MS}, account, http)
  const id = textOf(raw)
  if (id === undefined) throw mediaError('bad_answer', 'The upload was answered without a media id.')
  return {id}
}

/** The bytes of a file that a customer sent. A url that has run out is asked for again, once. */
export async function fetchMediaCloud(media: InboundMedia, account: Account, http: Http): Promise<FetchedMedia> {
  const first =
    media.url === undefined ? await askUrl(media, account, http) : {url: media.url, mimeType: media.mime_type}
  const answer = await download(first.url, account, http)
  if (answer.status === 200) return fetched(answer, first.mimeType ?? media.mime_type)
  if (answer.status !== 404 || media.id === undefined) throw refused(answer)
  const second = await askUrl(media, account, http)
  const again = await download(second.url, account, http)
  if (again.status !== 200) throw refused(again)
  return fetched(again, second.mimeType ?? media.mime_type)
}

async function askUrl(media: InboundMedia, account: Account, http: Http) {
  if (media.id === undefined) throw mediaError('no_media', 'The message has no media id.')
  const query =
    account.phoneNumberId === undefined ? '' : `?phone_number_id=${encodeURIComponent(account.phoneNumberId)}`
  const path = `${encodeURIComponent(media.id)}${query}`
  const fields = await askGraph({method: 'GET', path}, account, http)
  const url = textOf(fields.url)
  if (url === undefined) throw mediaError('bad_answer', 'Meta answered without an address of the file.')
  return {url, mimeType: textOf(fields.mime_type)}
}

async function download(url: string, account: Account, http: Http): Promise<HttpResponse> {
  if (!mayHaveToken(url, account)) {
    throw mediaError('foreign_host', 'The file lies on a host that is not of Meta; the token was not sent there.')
  }
  try {
    return await http.request({
      method: 'GET',
      url,
      headers: {authorization: `Bearer ${account.accessToken ?? ''}`, 'user-agent': USER_AGENT},
      policy: policyOf(account),
      timeoutMs: TRANSFER_MS,
      maxBytes: mediaLimits.document,
    })
  } catch (error) {
    throw new ChannelError(transportFailure(error).error)
  }
}

const hostsOfMeta = ['fbsbx.com', 'facebook.com', 'whatsapp.net']

/** The token goes to Meta's hosts over https, and to the host that an operator set in its place. */
function mayHaveToken(url: string, account: Account): boolean {
  if (!URL.canParse(url)) return false
  const {protocol, hostname, origin} = new URL(url)
  if (account.apiUrl !== undefined && URL.canParse(account.apiUrl) && new URL(account.apiUrl).origin === origin)
    return true
  return protocol === 'https:' && hostsOfMeta.some((host) => hostname === host || hostname.endsWith(`.${host}`))
}

const fetched = (answer: HttpResponse, mimeType: string | undefined): FetchedMedia => ({
  bytes: answer.body,
  mimeType: mimeType ?? answer.headers['content-type'] ?? 'application/octet-stream',
})

const refused = ({status}: HttpResponse) =>
  mediaError(`http_${status}`, status === 404 ? 'The file is no longer there.' : `The file was refused with ${status}.`)

const mediaError = (code: string, message: string) =>
  new ChannelError({code, class: 'fix_request', message, nextStep: 'Ask the customer to send the file again.'})
