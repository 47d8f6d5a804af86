import type {InboundContent} from '../base/message.ts'
import type {IncomingMessage} from './session.ts'

/** What came in on a channel, in the provider's kinds, with the text that stands for it. */
interface Received {
  kind: string
  text: string
  at: number
  content: InboundContent
  option?: {id: string}
}

/** A customer's message as the engine sees it. */
export function incoming(id: string, {kind, text, at, content, option}: Received): IncomingMessage {
  const message: IncomingMessage = {
    id,
    kind,
    text,
    option: option?.id ?? null,
    at,
    content,
    tapped: content.kind === 'option',
  }
  if ('media' in content) message.media = {mime_type: content.media.mime_type, filename: content.media.filename}
  if (content.kind === 'location') {
    const {latitude, longitude, name, address} = content
    message.location = {latitude, longitude, name, address}
  }
  return message
}
