import type {Http} from '../../base/http.ts'
import type {Identity} from '../../base/message.ts'
import {fieldsOf, itemsOf, millisecondsOf, textOf} from '../../base/read.ts'
import type {Account} from '../channel.ts'
import {readContent} from './content.ts'
import {chatOf} from './jid.ts'
import {askEvolution} from './wire.ts'

/** One message of ours that the server has stored. */
export interface FoundMessage {
  providerId: string
  /** ms; 0 when the server did not say. */
  at: number
  kind: string
  text: string
}

const PAGE = 50

/**
 * What we said in one chat, as far as the server has it: the newest page. For settling sends of unknown outcome (rules
 * 5.5); who calls it compares content and time.
 */
export async function findMessages(chat: Identity, account: Account, http: Http): Promise<FoundMessage[]> {
  const remoteJid = chatOf(chat)
  if (remoteJid === undefined) return []
  const json = {where: {key: {remoteJid, fromMe: true}}, page: 1, offset: PAGE}
  const answer = await askEvolution({method: 'POST', action: 'chat/findMessages', json}, account, http)
  return itemsOf(fieldsOf(fieldsOf(answer).messages).records).flatMap((raw) => {
    const record = fieldsOf(raw)
    const key = fieldsOf(record.key)
    const providerId = textOf(key.id)
    // Older servers do not filter by what is inside the key.
    if (providerId === undefined || key.fromMe !== true || key.remoteJid !== remoteJid) return []
    const {kind, text} = readContent(record.message, record.messageType)
    return [{providerId, at: millisecondsOf(record.messageTimestamp), kind, text}]
  })
}
