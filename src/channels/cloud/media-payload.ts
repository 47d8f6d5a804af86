import type {Header, MediaSource} from '../../base/message.ts'

export type Json = Record<string, unknown>

/** What a media object holds. A file of ours must have been uploaded before; `check` refuses it otherwise. */
export function sourcePayload(source: MediaSource): Json {
  if ('link' in source) return {link: source.link}
  return 'id' in source ? {id: source.id} : {}
}

/** The header of a menu and the header parameter of a template: one shape on the wire. */
export function headerPayload(header: Header): Json {
  if ('text' in header) return {type: 'text', text: header.text}
  const filename = header.kind === 'document' ? header.filename : undefined
  return {type: header.kind, [header.kind]: {...sourcePayload(header.media), filename}}
}
