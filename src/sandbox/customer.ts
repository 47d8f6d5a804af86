import type {Clock} from '../base/clock.ts'
import {notFound, PytakeError} from '../base/errors.ts'

/** A choice a message offers on the phone's screen. */
export interface ReceivedOption {
  kind: 'button' | 'row' | 'quick_reply'
  id: string
  title: string
  description?: string
}

/** A message as it shows on a simulated phone. */
export interface ReceivedMessage {
  id: string
  at: number
  type: string
  /** What a person reads: body, caption or filled template. */
  text: string
  options: ReceivedOption[]
  /** The message it quotes. */
  replyTo?: string
  /** As the sender wrote it. */
  body: unknown
}

export interface CustomerMedia {
  kind: 'image' | 'audio' | 'video' | 'document' | 'sticker'
  bytes: Buffer
  mimeType: string
  caption?: string
  filename?: string
  voice?: boolean
}

export interface CustomerOptions {
  /** Any way of writing it; digits with country code count. */
  phone: string
  name: string
  /** Phone number id or instance name. */
  via: string
  /** Business-scoped user id; one is made up when left out, null means none. */
  bsuid?: string | null
  /** Has a username and hides the number (Cloud), or shows only a LID (Evolution). */
  hidesPhone?: boolean
  /** Evolution: the chat comes as `<lid>@lid`, with the phone beside it. */
  lid?: string
  /** Brazil, area 31 and up: does the account's id carry the ninth digit. Default no. */
  ninthDigit?: boolean
}

/** A simulated person, in conversation with one number. What is said goes out as a webhook; each returns its message id. */
export interface Customer {
  readonly phone: string
  readonly name: string
  readonly via: string
  /** Id of the WhatsApp account: digits, perhaps without the ninth. */
  readonly waId: string
  readonly bsuid: string | undefined
  /** Newest last, the oldest forgotten after 500. */
  readonly received: readonly ReceivedMessage[]
  readonly receivedTotal: number
  /** Ids of this person's messages that the business marked as read, newest last. */
  readonly seenByBusiness: readonly string[]
  /** How often the business showed that it is typing. */
  readonly typingShown: number
  say(text: string, replyTo?: string): string
  /** Taps a button, of the newest message that has it. NOT_FOUND names the ones on the screen. */
  tap(title: string): string
  /** Picks a row of a list. */
  pick(title: string): string
  sendImage(media?: Partial<CustomerMedia>): string
  sendVoice(media?: Partial<CustomerMedia>): string
  sendDocument(media?: Partial<CustomerMedia>): string
  sendMedia(media: CustomerMedia): string
  sendLocation(latitude: number, longitude: number, name?: string): string
  /** Reacts to a message, the newest by default; an empty emoji takes it back. */
  react(emoji: string, messageId?: string): string
  stopMarketing(): void
  resumeMarketing(): void
  /** The first message the predicate likes, past ones too, or the nth in all. PENDING when time is up or on abort. */
  waitFor(what: Expected, timeoutMs: number, signal?: AbortSignal): Promise<ReceivedMessage>
}

/** Which message to wait for: the nth ever received, or the first that fits. */
export type Expected = number | ((message: ReceivedMessage) => boolean)

/** What the stand-ins keep of a person. */
export interface Person {
  phone: string
  name: string
  via: string
  waId: string
  bsuid: string | undefined
  lid: string | undefined
  hidesPhone: boolean
  wantsMarketing: boolean
  /** Wall clock of the last message that opens the 24-hour window. */
  lastInboundAt: number
  received: ReceivedMessage[]
  receivedTotal: number
  seen: string[]
  typing: number
  watchers: Set<() => void>
}

/** How a person's doing reaches the business: one for each provider. Each returns the message's id. */
export interface Line {
  say(person: Person, text: string, replyTo?: string): string
  choose(person: Person, message: ReceivedMessage, option: ReceivedOption): string
  media(person: Person, media: CustomerMedia): string
  location(person: Person, place: {latitude: number; longitude: number; name?: string}): string
  react(person: Person, messageId: string, emoji: string): string
  marketing(person: Person, wanted: boolean): void
}

const KEEP = 500

/** Puts a message on the person's screen. */
export function show(person: Person, message: ReceivedMessage): void {
  person.received.push(message)
  person.receivedTotal++
  if (person.received.length > KEEP) person.received.shift()
  for (const watcher of person.watchers) watcher()
}

/** Notes that the business has read what this person wrote. */
export function markSeen(person: Person, messageId: string, typing: boolean): void {
  if (typing) person.typing++
  if (person.seen.at(-1) === messageId) return
  person.seen.push(messageId)
  if (person.seen.length > KEEP) person.seen.shift()
}

/** The hand that holds a simulated phone. */
export function createCustomer(person: Person, line: Line, clock: Clock): Customer {
  const {phone, name, via, waId} = person
  const media = (preset: CustomerMedia) => (more?: Partial<CustomerMedia>) => line.media(person, {...preset, ...more})
  return {
    ...{phone, name, via, waId},
    get bsuid() {
      return person.bsuid
    },
    get received() {
      return person.received
    },
    get receivedTotal() {
      return person.receivedTotal
    },
    get seenByBusiness() {
      return person.seen
    },
    get typingShown() {
      return person.typing
    },
    say: (text, replyTo) => line.say(person, text, replyTo),
    tap: (title) => choose(person, line, title, (option) => option.kind !== 'row'),
    pick: (title) => choose(person, line, title, (option) => option.kind === 'row'),
    sendImage: media(anImage),
    sendVoice: media(aVoiceNote),
    sendDocument: media(aDocument),
    sendMedia: (sent) => line.media(person, sent),
    sendLocation: (latitude, longitude, place) => line.location(person, {latitude, longitude, name: place}),
    react: (emoji, messageId) => line.react(person, messageId ?? newest(person).id, emoji),
    stopMarketing: () => line.marketing(person, false),
    resumeMarketing: () => line.marketing(person, true),
    waitFor: (what, timeoutMs, signal) => waitFor(person, clock, what, {timeoutMs, signal}),
  }
}

function choose(person: Person, line: Line, title: string, fits: (option: ReceivedOption) => boolean): string {
  const wanted = title.trim().toLowerCase()
  for (let at = person.received.length - 1; at >= 0; at--) {
    const message = person.received[at]
    const option = message?.options.find((one) => fits(one) && one.title.toLowerCase() === wanted)
    if (message && option) return line.choose(person, message, option)
  }
  const offered = person.received.at(-1)?.options.map((option) => option.title) ?? []
  const help = offered.length > 0 ? `On the screen: ${offered.join(', ')}.` : 'The newest message offers no choice.'
  throw notFound(`"${title}" on the phone of ${person.name}`, help)
}

function newest(person: Person): ReceivedMessage {
  const message = person.received.at(-1)
  if (!message) throw notFound(`a message on the phone of ${person.name}`)
  return message
}

function waitFor(
  person: Person,
  clock: Clock,
  what: Expected,
  {timeoutMs, signal}: {timeoutMs: number; signal?: AbortSignal},
): Promise<ReceivedMessage> {
  const find = () => {
    if (typeof what === 'function') return person.received.find(what)
    return person.receivedTotal >= what ? person.received.at(what - person.receivedTotal - 1) : undefined
  }
  const there = find()
  if (there) return Promise.resolve(there)
  return new Promise((resolve, reject) => {
    const timer = new AbortController()
    const end = () => timer.abort()
    const watcher = () => {
      const found = find()
      if (!found) return
      person.watchers.delete(watcher)
      timer.abort()
      resolve(found)
    }
    person.watchers.add(watcher)
    signal?.addEventListener('abort', end, {once: true})
    void clock.sleep(timeoutMs, timer.signal).then(() => {
      signal?.removeEventListener('abort', end)
      if (person.watchers.delete(watcher)) reject(inVain(person, timeoutMs))
    })
  })
}

function inVain(person: Person, timeoutMs: number): PytakeError {
  const last = person.received.at(-1)?.text
  const seen = last === undefined ? 'nothing came' : `${person.receivedTotal} came, the newest "${last}"`
  return new PytakeError('PENDING', `${person.name} waited ${timeoutMs} ms for a message: ${seen}.`)
}

const anImage: CustomerMedia = {
  kind: 'image',
  mimeType: 'image/png',
  bytes: Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC',
    'base64',
  ),
}

const aVoiceNote: CustomerMedia = {
  kind: 'audio',
  mimeType: 'audio/ogg; codecs=opus',
  bytes: Buffer.from('OggS\0\x02 voice note', 'latin1'),
  voice: true,
}

const aDocument: CustomerMedia = {
  kind: 'document',
  mimeType: 'application/pdf',
  filename: 'comprovante.pdf',
  bytes: Buffer.from('%PDF-1.4\n%%EOF\n'),
}
