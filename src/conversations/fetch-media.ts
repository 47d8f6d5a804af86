import type {InboundMedia} from '../base/message.ts'
import {accountOf} from '../channels/accounts.ts'
import type {ApiType, Channel} from '../channels/channel.ts'
import {keepMediaFile} from '../delivery/keep-media.ts'
import type {JobHandler} from '../jobs/job.ts'
import {type InboundMeta, mediaPath} from '../messages/rows.ts'
import type {Runtime} from '../runtime/runtime.ts'
import {toJson} from '../store/columns.ts'
import type {TenantDb} from '../store/stores.ts'
import type {InboxItem} from './inbox-row.ts'

type Deps = Pick<Runtime, 'stores' | 'http' | 'clock' | 'config'>

interface Payload {
  message_id: string
  inbox_id: number
  config_id: string
}

/** Brings inbound media to `UPLOAD_PATH/<tenant>/<sha256>` and gives the message our own address of it. */
export function fetchMediaHandler(deps: Deps, channels: Record<ApiType, Channel>): JobHandler {
  return {
    async run({db, job}) {
      const payload = job.payload as unknown as Payload
      const found = await find(db, payload)
      if (!found) return {done: {skipped: 'the message is gone'}}
      const {media, providerId, meta, config} = found
      const fetched =
        media.base64 === undefined
          ? await channels[config.api_type as ApiType].fetchMedia(media, providerId, accountOf(deps, config), deps.http)
          : {bytes: Buffer.from(media.base64, 'base64'), mimeType: media.mime_type ?? 'application/octet-stream'}
      const sha256 = await keepMediaFile(deps.config.uploadPath, db.name, fetched.bytes)
      const now = deps.clock.now()
      return {
        done: {sha256, size: fetched.bytes.length},
        async commit(tx) {
          const row = {
            sha256,
            mime_type: fetched.mimeType.slice(0, 255),
            size: fetched.bytes.length,
            filename: media.filename?.slice(0, 255) ?? null,
            created_at: new Date(now),
          }
          await tx.insertNew('media', ['sha256'], [row])
          await tx.update(
            'messages',
            ['id'],
            [
              {
                id: payload.message_id,
                media_url: mediaPath(payload.message_id),
                metadata: toJson({...meta, media: {sha256}}),
              },
            ],
          )
        },
      }
    },
  }
}

async function find(db: TenantDb, payload: Payload) {
  return db.read(async (q) => {
    const message = await q
      .selectFrom('messages')
      .select(['metadata', 'whatsapp_message_id'])
      .where('id', '=', payload.message_id)
      .executeTakeFirst()
    const config = await q
      .selectFrom('whatsapp_configs')
      .selectAll()
      .where('id', '=', payload.config_id)
      .executeTakeFirst()
    const meta = message?.metadata as unknown as InboundMeta | undefined
    if (!message || !config || !meta || !('media' in meta.content)) return undefined
    const inline = await inlineBytes(q, payload.inbox_id)
    const media: InboundMedia = {...meta.content.media, base64: inline}
    return {media, meta, config, providerId: message.whatsapp_message_id ?? ''}
  })
}

/** Bytes that came inside the webhook are still in its inbox row. */
async function inlineBytes(
  q: Parameters<Parameters<TenantDb['read']>[0]>[0],
  inboxId: number,
): Promise<string | undefined> {
  const row = await q.selectFrom('inbox').select('body').where('id', '=', inboxId).executeTakeFirst()
  if (!row?.body.includes('"base64"')) return undefined
  const body = JSON.parse(row.body) as InboxItem['body']
  return body.type === 'message' && 'media' in body.content ? body.content.media.base64 : undefined
}
