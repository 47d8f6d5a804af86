import {fold} from '../base/fold.ts'
import {mediaKinds, type Content, type Header, type MediaSource, type Option, type Template} from '../base/message.ts'
import type {FallbackData, HeaderData, MediaData, MessageData, OptionData, TemplateData} from './message-data.ts'
import {cut, limits, MAX_BUTTONS, MAX_OPTIONS} from './message-limits.ts'

/** A message that cannot be sent as it came out: an empty text, a link that is none. */
export class ContentError extends Error {
  override readonly name = 'ContentError'
}

/** What to send, and the ids that the flow's author gave to the options, by their id on the wire. */
export interface Built {
  content: Content
  values: ReadonlyMap<string, string>
}

const withoutValues: ReadonlyMap<string, string> = new Map()

/** Turns filled-in `data` of a message node into what is sent. `prefix` begins the ids of its options. */
export function contentOf(data: MessageData, prefix: string, lastMessage: string): Built {
  if (data.buttons || data.list) return menuOf(data, prefix)
  return {content: plainContent(data, lastMessage), values: withoutValues}
}

function plainContent(data: MessageData, lastMessage: string): Content {
  const {location, contacts, reaction, template} = data
  for (const kind of mediaKinds) {
    const media = data[kind]
    if (media) return mediaContent(kind, media, data.text)
  }
  if (data.cta_url) return ctaContent(data, data.cta_url)
  if (location) {
    const {name, address} = location
    return {
      kind: 'location',
      latitude: degrees(location.latitude, 90),
      longitude: degrees(location.longitude, 180),
      name,
      address,
    }
  }
  if (contacts) return {kind: 'contacts', contacts}
  if (reaction)
    return {
      kind: 'reaction',
      emoji: reaction.emoji,
      message_id: needed(reaction.message_id ?? lastMessage, 'message_id'),
    }
  if (template) return templateOf(template)
  return {kind: 'text', text: cut(needed(data.text, 'text'), limits.text), preview_url: data.preview_url}
}

function needed(text: string | undefined, what: string): string {
  if (text === undefined || text.trim() === '') throw new ContentError(`${what} came out empty.`)
  return text
}

function address(link: string): string {
  if (!/^https?:\/\/[^\s]+$/.test(link)) throw new ContentError('A link came out that is no http(s) address.')
  return link
}

function degrees(value: string | number, most: number): number {
  const number = Number(value)
  if (value === '' || !(Math.abs(number) <= most)) throw new ContentError('A coordinate came out that is none.')
  return number
}

function sourceOf({
  link,
  id,
  sha256,
  mime_type,
}: Partial<Record<'link' | 'id' | 'sha256' | 'mime_type', string>>): MediaSource {
  if (link !== undefined) return {link: address(link)}
  if (id !== undefined) return {id: needed(id, 'id')}
  return {sha256: needed(sha256, 'sha256'), mime_type: needed(mime_type, 'mime_type')}
}

function mediaContent(kind: (typeof mediaKinds)[number], media: MediaData, text: string | undefined): Content {
  const {caption, filename, voice} = media
  const words = text ?? caption
  return {
    kind,
    media: sourceOf(media),
    caption: words === undefined ? undefined : cut(words, limits.caption),
    filename,
    voice,
  }
}

function headerOf(header: HeaderData | undefined): Header | undefined {
  if (!header) return undefined
  if (!('kind' in header)) return header.text.trim() === '' ? undefined : {text: cut(header.text, limits.header)}
  return {kind: header.kind, media: sourceOf(header), filename: header.filename}
}

const framing = ({header, footer}: MessageData) => ({
  header: headerOf(header),
  footer: footer ? cut(footer, limits.footer) : undefined,
})

function ctaContent(data: MessageData, {title, url}: {title: string; url: string}): Content {
  const text = cut(needed(data.text, 'text'), limits.body)
  return {
    kind: 'cta_url',
    text,
    display_text: cut(needed(title, 'title'), limits.ctaTitle),
    url: address(url),
    ...framing(data),
  }
}

/** A template message of the node, or what a closed window gets instead. */
export function templateOf(data: TemplateData): Template {
  return {kind: 'template', ...data, header: headerOf(data.header)}
}

export const fallbackOf = ({template, language, parameters, header}: FallbackData): Template =>
  templateOf({name: template, language, body: parameters, header})

/** Buttons up to three, else a list. Titles that came out empty or double are left out. */
function menuOf(data: MessageData, prefix: string): Built {
  const sections = data.list?.sections ?? [{title: undefined, rows: data.buttons ?? []}]
  const asButtons = !data.list && sections[0] !== undefined && sections[0].rows.length <= MAX_BUTTONS
  const values = new Map<string, string>()
  const seen = new Set<string>()
  let index = 0
  const option = (row: OptionData): Option[] => {
    const id = `${prefix}${index++}`
    const title = cut(row.title.trim(), asButtons ? limits.buttonTitle : limits.rowTitle)
    if (title === '' || seen.has(fold(title)) || seen.size === MAX_OPTIONS) return []
    seen.add(fold(title))
    if (row.id !== undefined) values.set(id, row.id)
    const description = row.description ? cut(row.description, limits.rowDescription) : undefined
    return [description === undefined || asButtons ? {id, title} : {id, title, description}]
  }
  const groups = sections
    .map(({title, rows}) => ({title: title ? cut(title, limits.sectionTitle) : undefined, rows: rows.flatMap(option)}))
    .filter((section) => section.rows.length > 0)
  const text = cut(needed(data.text, 'text'), limits.body)
  if (groups.length === 0) return {content: {kind: 'text', text}, values}
  if (asButtons)
    return {content: {kind: 'buttons', text, buttons: groups.flatMap(({rows}) => rows), ...framing(data)}, values}
  const button = cut(data.list?.button?.trim() || 'Ver opções', limits.listButton)
  return {content: {kind: 'list', text, button, sections: groups, ...framing(data)}, values}
}
