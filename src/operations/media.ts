import {readFile} from 'node:fs/promises'
import {z} from 'zod'
import {notFound, PytakeError} from '../base/errors.ts'
import {isUuid} from '../base/ids.ts'
import {keepMediaFile} from '../delivery/keep-media.ts'
import {mediaFile} from '../delivery/media-uploads.ts'
import type {InboundMeta, OutboundMeta} from '../messages/rows.ts'
import type {TenantDb} from '../store/stores.ts'
import {byId} from './fields.ts'
import {StoredFile} from './media-row.ts'
import {operation} from './operation.ts'

const SHA256 = /^[0-9a-f]{64}$/

/** Base64 and the JSON around it. */
const asBody = (bytes: number): number => Math.ceil(bytes / 3) * 4 + 16 * 1024

export const showMedia = operation({
  id: 'media.show',
  method: 'GET',
  path: '/media/{id}',
  permission: 'messages:read',
  summary: 'The file of a message, by the id of the message or the SHA-256 of its content.',
  raw: true,
  input: byId,
  output: StoredFile,
  status: 200,
  personal: true,
  async run({tenant, config}, {id}) {
    const sha256 = SHA256.test(id) ? id : await fileOf(tenant, id)
    const row = await tenant.read((db) =>
      db.selectFrom('media').selectAll().where('sha256', '=', sha256).executeTakeFirst(),
    )
    if (!row) throw notFound(`The file ${id}`)
    const bytes = await readFile(mediaFile(config.uploadPath, tenant.name, sha256)).catch(() => undefined)
    if (!bytes) throw notFound(`The file ${id}`, 'It is not on this machine: check UPLOAD_PATH.')
    return {data: bytes.toString('base64'), mime_type: row.mime_type, size: bytes.length, filename: row.filename}
  },
})

export const uploadMedia = operation({
  id: 'media.upload',
  method: 'POST',
  path: '/media',
  permission: 'messages:write',
  summary: 'Store a file that messages can then carry.',
  bodyLimit: ({uploadMaxSize}) => asBody(uploadMaxSize),
  input: z.strictObject({
    data: z.base64(),
    mime_type: z.string().regex(/^[\w.+-]+\/[\w.+-]+$/, 'is no media type'),
    filename: z.string().max(255).optional(),
  }),
  output: z.object({
    sha256: z.string(),
    mime_type: z.string(),
    size: z.number(),
    filename: z.string().nullable(),
    media_url: z.string(),
  }),
  status: 201,
  async run(context, {data, mime_type: type, filename = null}) {
    const {tenant, config, clock} = context
    const bytes = Buffer.from(data, 'base64')
    if (bytes.length > config.uploadMaxSize) throw tooLarge(bytes.length, config.uploadMaxSize)
    const sha256 = await keepMediaFile(config.uploadPath, tenant.name, bytes)
    context.note({resource: sha256, after: {mime_type: type, size: bytes.length, filename}})
    const row = {sha256, mime_type: type, size: bytes.length, filename, created_at: new Date(clock.now())}
    await tenant.write((tx) => tx.insertNew('media', ['sha256'], [row]))
    return {sha256, mime_type: type, size: bytes.length, filename, media_url: `/api/v1/media/${sha256}`}
  },
})

export const mediaOperations = {showMedia, uploadMedia}

export const tooLarge = (size: number, most: number): PytakeError =>
  new PytakeError('TOO_LARGE', `The file has ${size} bytes; ${most} are allowed.`, {
    help: 'Raise UPLOAD_MAX_SIZE, up to what WhatsApp takes.',
  })

async function fileOf(tenant: TenantDb, id: string): Promise<string> {
  const row = isUuid(id)
    ? await tenant.read((db) => db.selectFrom('messages').select('metadata').where('id', '=', id).executeTakeFirst())
    : undefined
  if (!row) throw notFound(`Message "${id}"`, 'pytake message list')
  const {media, content} = row.metadata as unknown as InboundMeta & Pick<OutboundMeta, 'content'>
  const source = content !== undefined && 'media' in content ? content.media : undefined
  const sha256 = media?.sha256 ?? (source && 'sha256' in source ? source.sha256 : undefined)
  if (sha256 !== undefined && SHA256.test(sha256) && (media?.sha256 !== undefined || !('id' in (source ?? {})))) {
    return sha256
  }
  if (!source) throw notFound(`A file of message ${id}`)
  throw new PytakeError('CONFLICT', media?.error ?? 'The file has not been fetched yet.', {
    help: 'See how far it is: pytake job list --kind media.fetch',
  })
}
