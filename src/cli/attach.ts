import {statSync} from 'node:fs'
import {basename, resolve} from 'node:path'
import {PytakeError} from '../base/errors.ts'
import {mediaLimits} from '../base/message.ts'
import {uploadMedia} from '../operations/media.ts'
import type {Client} from '../operations/client.ts'
import {readBytes} from './files.ts'
import type {Io} from './io.ts'
import {mediaTypeOf} from './media-types.ts'
import type {Attachment} from './message-content.ts'

/** Beyond this no kind of message can carry it; the platform's own limit is asked where the file goes. */
const MOST_BYTES = Math.max(...Object.values(mediaLimits))

/** Brings a file to the platform; an address on the web stays one. */
export async function attach(io: Io, call: Client['call'], name: string): Promise<Attachment> {
  if (/^https?:\/\//i.test(name)) return {media: {link: name}, filename: basename(new URL(name).pathname)}
  const size = statSync(resolve(io.cwd, name), {throwIfNoEntry: false})?.size ?? 0
  if (size > MOST_BYTES) throw new PytakeError('TOO_LARGE', `${name} has ${size} bytes; ${MOST_BYTES} are allowed.`)
  const filename = basename(name)
  const data = readBytes(io, name).toString('base64')
  const stored = await call(uploadMedia, {data, mime_type: mediaTypeOf(name), filename})
  return {media: {sha256: stored.sha256, mime_type: stored.mime_type, size: stored.size}, filename}
}
