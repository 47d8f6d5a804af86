import type {Json} from '../json.ts'
import {isObject, objectOf, textOf} from '../json.ts'

export type AckStatus = 'ERROR' | 'PENDING' | 'SERVER_ACK' | 'DELIVERY_ACK' | 'READ' | 'PLAYED'

/** A message as the server's database holds it. */
export interface StoredMessage {
  /** The database's id, not WhatsApp's. */
  id: string
  key: {id: string; remoteJid: string; fromMe: boolean; [more: string]: unknown}
  pushName: string | undefined
  messageType: string
  message: Json
  /** Unix seconds. */
  messageTimestamp: number
  source: string
  status: AckStatus
  updates: AckStatus[]
  /** Bytes of media that came in. */
  media?: {bytes: Buffer; mimeType: string; fileName: string; caption: string | undefined}
}

/** The newest messages of one instance. */
export interface MessageLog {
  put(message: StoredMessage): void
  get(keyId: string): StoredMessage | undefined
  /** Newest first, by the `where` of findMessages. */
  find(where: Json): StoredMessage[]
}

export function createLog(keep: number): MessageLog {
  const held = new Map<string, StoredMessage>()
  return {
    put(message) {
      held.set(message.key.id, message)
      if (held.size <= keep) return
      for (const oldest of held.keys()) {
        held.delete(oldest)
        break
      }
    },
    get: (keyId) => held.get(keyId),
    find: (where) => [...held.values()].filter((message) => fits(message, where)).reverse(),
  }
}

function fits(message: StoredMessage, where: Json): boolean {
  const key = objectOf(where.key)
  const wantedKey = (['id', 'remoteJid', 'fromMe'] as const).every(
    (name) => key[name] === undefined || key[name] === message.key[name],
  )
  const type = where.messageType
  return wantedKey && (type === undefined || type === message.messageType) && inTime(message, where.messageTimestamp)
}

function inTime(message: StoredMessage, range: unknown): boolean {
  if (!isObject(range)) return true
  const {gte, lte} = range
  return (
    (gte === undefined || message.messageTimestamp >= secondsOf(gte)) &&
    (lte === undefined || message.messageTimestamp <= secondsOf(lte))
  )
}

const secondsOf = (value: unknown) => (typeof value === 'number' ? value : Math.floor(Date.parse(textOf(value)) / 1000))
