import {PytakeError} from '../base/errors.ts'
import type {Content, MediaKind, MediaSource} from '../base/message.ts'
import {readText} from './files.ts'
import type {Io} from './io.ts'
import type {ContentFlags} from './message-flags.ts'

const mediaFlags = ['image', 'document', 'audio', 'video', 'sticker'] as const
const kinds = ['text', ...mediaFlags, 'template', 'location', 'contact', 'content'] as const

/** A file that was made known to the platform, or an address on the web. */
export interface Attachment {
  media: MediaSource
  filename?: string
}

/** What the flags say, as content. `attach` brings a file to where the message is sent from. */
export async function contentOf(
  io: Io,
  flags: ContentFlags,
  attach: (name: string) => Promise<Attachment>,
): Promise<Content> {
  const given = kinds.filter((kind) => flags[kind] !== undefined)
  const main = given.filter((kind) => !(kind === 'text' || isMedia(kind)) || !given.includes('template'))
  if (main.length !== 1)
    throw wrong(main.length === 0 ? 'Say what to send' : `Only one of ${flagsOf(main)} can be sent`)
  const [kind] = main
  if (kind === undefined) throw wrong('Say what to send')
  if (isMedia(kind)) return mediaContent(kind, flags, attach)
  switch (kind) {
    case 'template':
      return template(flags, attach)
    case 'location':
      return location(flags.location ?? '')
    case 'contact':
      return {kind: 'contacts', contacts: (flags.contact ?? []).map(card)}
    case 'content':
      return parsed(flags.content === '-' ? await io.stdin.read() : readText(io, flags.content ?? ''))
    case 'text':
      return withText(flags, flags.text === '-' ? await stdinText(io) : (flags.text ?? ''))
  }
}

const isMedia = (kind: string): kind is MediaKind => (mediaFlags as readonly string[]).includes(kind)

const flagsOf = (names: readonly string[]): string => names.map((name) => `--${name}`).join(', ')

const wrong = (message: string): PytakeError =>
  new PytakeError('BAD_REQUEST', `${message}.`, {help: `One of ${flagsOf(kinds)}.`})

const stdinText = async (io: Io): Promise<string> => (await io.stdin.read()).replace(/\r?\n$/, '')

function withText({button, list, 'list-button': label}: ContentFlags, text: string): Content {
  if (button) return {kind: 'buttons', text, buttons: button.map(option)}
  if (!list) return {kind: 'text', text}
  const rows = list.map((row) => {
    const [title = '', description] = row.split('|').map((part) => part.trim())
    return {id: title, title, ...(description ? {description} : {})}
  })
  return {kind: 'list', text, button: label ?? 'Ver opções', sections: [{rows}]}
}

function option(text: string): {id: string; title: string} {
  const [, id = text, title = text] = /^([\w-]+)=(.+)$/s.exec(text) ?? []
  return {id, title}
}

async function mediaContent(
  kind: MediaKind,
  flags: ContentFlags,
  attach: (name: string) => Promise<Attachment>,
): Promise<Content> {
  const {media, filename} = await attach(flags[kind] ?? '')
  return {kind, media, caption: flags.caption, ...(kind === 'document' ? {filename} : {})}
}

async function template(flags: ContentFlags, attach: (name: string) => Promise<Attachment>): Promise<Content> {
  const {template: name = '', language = 'pt_BR', param = []} = flags
  const kind = (['image', 'video', 'document'] as const).find((one) => flags[one] !== undefined)
  const header = kind === undefined ? undefined : {kind, ...(await attach(flags[kind] ?? ''))}
  const named = param.map((one) => /^([a-z_]\w*)=(.*)$/s.exec(one))
  const body =
    param.length > 0 && named.every((match) => match !== null)
      ? Object.fromEntries(named.map(([, key = '', value = '']) => [key, value]))
      : param
  return {kind: 'template', name, language, header, body: param.length > 0 ? body : undefined}
}

function location(text: string): Content {
  const [latitude = '', longitude = '', ...name] = text.split(',')
  const numbers = [latitude, longitude].map((part) => (part.trim() === '' ? Number.NaN : Number(part)))
  const [north = Number.NaN, east = Number.NaN] = numbers
  if (Number.isNaN(north) || Number.isNaN(east)) {
    throw new PytakeError('BAD_REQUEST', `--location ${text}: write it as LATITUDE,LONGITUDE[,NAME].`)
  }
  const called = name.join(',').trim()
  return {kind: 'location', latitude: north, longitude: east, ...(called === '' ? {} : {name: called})}
}

function card(text: string) {
  const [, name, phone] = /^(.+):\s*(\+?[\d\s().-]+)$/.exec(text) ?? []
  if (name === undefined || phone === undefined) {
    throw new PytakeError('BAD_REQUEST', `--contact ${text}: write it as NAME:PHONE.`)
  }
  const [first = name] = name.trim().split(/\s+/)
  return {name: {formatted_name: name.trim(), first_name: first}, phones: [{phone: phone.trim()}]}
}

function parsed(text: string): Content {
  try {
    return JSON.parse(text) as Content
  } catch {
    throw new PytakeError('BAD_REQUEST', '--content is not JSON.')
  }
}
