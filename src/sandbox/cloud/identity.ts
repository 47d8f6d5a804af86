import type {Person} from '../customer.ts'
import type {Json} from '../json.ts'

/** A person as `contacts[]` shows them: those who hide their number have a username and a user id only. */
export function contactOf(person: Person): Json {
  const contact: Json = {
    profile: person.hidesPhone ? {name: person.name, username: usernameOf(person)} : {name: person.name},
  }
  if (!person.hidesPhone) contact.wa_id = person.waId
  if (person.bsuid) contact.user_id = person.bsuid
  return contact
}

/** Who a message is from. */
export function senderOf(person: Person): Json {
  const sender: Json = person.hidesPhone ? {} : {from: person.waId}
  if (person.bsuid) sender.from_user_id = person.bsuid
  return sender
}

/** Who a status is about. */
export function recipientOf(person: Person): Json {
  const recipient: Json = person.hidesPhone ? {} : {recipient_id: person.waId}
  if (person.bsuid) recipient.recipient_user_id = person.bsuid
  return recipient
}

function usernameOf(person: Person): string {
  const plain = person.name
    .normalize('NFD')
    .replace(/[^a-zA-Z]/g, '')
    .toLowerCase()
  return `@${plain}${person.phone.slice(-3)}`
}

/** Ids like the real ones: base64 of the account, a direction and a serial that never repeats. */
export function createWamids(startAt: number, first: number): (account: string, sent: boolean) => string {
  const epoch = startAt.toString(16).padStart(12, '0').slice(-12)
  let serial = Math.floor(first * 0x7fffffff)
  return (account, sent) => {
    const id = (epoch + (serial++).toString(16).padStart(8, '0')).toUpperCase()
    const text = `\x1c\x18${String.fromCharCode(account.length)}${account}\x15\x02\0${sent ? '\x11' : '\x12'}\x18\x14${id}\0`
    return `wamid.${Buffer.from(text, 'latin1').toString('base64')}`
  }
}
