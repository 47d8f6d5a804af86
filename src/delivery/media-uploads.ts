import {join} from 'node:path'
import type {Content, Header, MediaSource} from '../base/message.ts'
import type {Account, Channel} from '../channels/channel.ts'
import type {Runtime} from '../runtime/runtime.ts'

/** Uploaded ids live 30 days at the provider; ours are used for less, so none expires between use and sending. */
const KEPT_MS = 24 * 3600_000
const MOST_KEPT = 1000

/** Where a tenant's file lies: `UPLOAD_PATH/<tenant>/<sha256>`. */
export const mediaFile = (uploadPath: string, tenantId: string, sha256: string): string =>
  join(uploadPath, tenantId, sha256)

/** Replaces files of ours by ids the provider knows, uploading each file once a day at most. */
export function createMediaUploads(
  {config, clock, http}: Pick<Runtime, 'config' | 'clock' | 'http'>,
  channel: Channel,
) {
  const known = new Map<string, {id: string; at: number}>()

  // A server inside our network would fetch for a customer what the customer may not reach.
  const checkLink = async (link: string) => {
    if (channel.capabilities.linksFetchedFrom === 'own_network') await http.check(link, {kind: 'configured'})
  }
  const upload = async (source: MediaSource, account: Account, filename?: string): Promise<MediaSource> => {
    if ('link' in source) await checkLink(source.link)
    if (!('sha256' in source)) return source
    // An id belongs to the number it was uploaded for.
    const key = `${account.configId} ${source.sha256}`
    const found = known.get(key)
    if (found && clock.now() - found.at < KEPT_MS) return {id: found.id}
    const path = mediaFile(config.uploadPath, account.tenantId, source.sha256)
    const {id} = await channel.uploadMedia({path, mimeType: source.mime_type, filename}, account, http)
    // Evolution keeps no files: its "id" is the file itself, which is not to be held in memory.
    if (account.apiType === 'evolution') return {id}
    if (known.size >= MOST_KEPT) known.clear()
    known.set(key, {id, at: clock.now()})
    return {id}
  }
  const header = async (one: Header | undefined, account: Account): Promise<Header | undefined> =>
    one && 'media' in one ? {...one, media: await upload(one.media, account, one.filename)} : one

  return async (content: Content, account: Account): Promise<Content> => {
    if ('media' in content) return {...content, media: await upload(content.media, account, content.filename)}
    if ('header' in content && content.header) return {...content, header: await header(content.header, account)}
    return content
  }
}
