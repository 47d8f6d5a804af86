import {z} from 'zod'

/** What a message can hold, in our own words. Channels translate from and to the wire; nothing else knows the wire. */

const text = z.string().min(1)

/** Bytes to send: a public link, an id the provider already holds, or a file of ours (`sha256` in the upload folder). */
export const MediaSource = z.union([
  z.strictObject({link: z.url({protocol: /^https?$/})}),
  z.strictObject({id: text}),
  z.strictObject({sha256: z.string().regex(/^[0-9a-f]{64}$/), mime_type: text, size: z.int().nonnegative().optional()}),
])
export type MediaSource = z.infer<typeof MediaSource>

export const mediaKinds = ['image', 'document', 'audio', 'video', 'sticker'] as const
export type MediaKind = (typeof mediaKinds)[number]

const Media = z.strictObject({
  kind: z.enum(mediaKinds),
  media: MediaSource,
  caption: z.string().optional(),
  filename: z.string().optional(),
  /** Audio only: show it as a voice note. */
  voice: z.boolean().optional(),
})

const Header = z.union([
  z.strictObject({text}),
  z.strictObject({kind: z.enum(['image', 'video', 'document']), media: MediaSource, filename: z.string().optional()}),
])
export type Header = z.infer<typeof Header>

export const Contact = z.looseObject({
  name: z.looseObject({formatted_name: text}),
  phones: z
    .array(z.looseObject({phone: z.string().optional(), wa_id: z.string().optional(), type: z.string().optional()}))
    .optional(),
})

/** Parameters of a template: a list is positional, a record is named. */
export const TemplateParameters = z.union([z.array(z.string()), z.record(z.string(), z.string())])

export const Template = z.strictObject({
  kind: z.literal('template'),
  name: text,
  language: text,
  header: Header.optional(),
  body: TemplateParameters.optional(),
  /** One entry per button that takes a value; `index` is its 0-based place in the template. */
  buttons: z
    .array(
      z.strictObject({
        index: z.int().min(0).max(9),
        type: z.enum(['quick_reply', 'url', 'copy_code', 'flow', 'catalog']),
        value: z.string(),
      }),
    )
    .optional(),
})
export type Template = z.infer<typeof Template>

export const Option = z.strictObject({id: text, title: text, description: z.string().optional()})
export type Option = z.infer<typeof Option>

export const Content = z.discriminatedUnion('kind', [
  z.strictObject({kind: z.literal('text'), text, preview_url: z.boolean().optional()}),
  Media,
  z.strictObject({
    kind: z.literal('location'),
    latitude: z.number().min(-90).max(90),
    longitude: z.number().min(-180).max(180),
    name: z.string().optional(),
    address: z.string().optional(),
  }),
  z.strictObject({kind: z.literal('contacts'), contacts: z.array(Contact).min(1)}),
  /** An empty emoji takes the reaction back. `message_id` is the provider's id of the message reacted to. */
  z.strictObject({kind: z.literal('reaction'), message_id: text, emoji: z.string()}),
  Template,
  z.strictObject({
    kind: z.literal('buttons'),
    text,
    buttons: z.array(Option).min(1),
    header: Header.optional(),
    footer: z.string().optional(),
  }),
  z.strictObject({
    kind: z.literal('list'),
    text,
    /** The label that opens the list. */
    button: text,
    sections: z.array(z.strictObject({title: z.string().optional(), rows: z.array(Option).min(1)})).min(1),
    header: Header.optional(),
    footer: z.string().optional(),
  }),
  z.strictObject({
    kind: z.literal('cta_url'),
    text,
    display_text: text,
    url: z.url({protocol: /^https?$/}),
    header: Header.optional(),
    footer: z.string().optional(),
  }),
])
/** What we send. */
export type Content = z.infer<typeof Content>
export type ContentKind = Content['kind']

/** Media that came in. `id` is the provider's handle for fetching the bytes. */
export interface InboundMedia {
  id?: string
  url?: string
  mime_type?: string
  /** Hex or base64, as the provider wrote it. */
  sha256?: string
  filename?: string
  /** The bytes themselves, when the provider put them into the webhook. */
  base64?: string
  voice?: boolean
  animated?: boolean
}

/** What came in. `option` carries a choice from a menu of ours. */
export type InboundContent =
  | {kind: 'text'; text: string}
  | {kind: MediaKind; media: InboundMedia; caption?: string}
  | {kind: 'location'; latitude: number; longitude: number; name?: string; address?: string}
  | {kind: 'contacts'; contacts: unknown[]}
  | {kind: 'option'; id: string; title: string; description?: string}
  | {kind: 'form'; name?: string; values: unknown}
  | {kind: 'reaction'; message_id: string; emoji: string}
  | {kind: 'order'; order: unknown}
  | {kind: 'system'; text: string; change?: {kind: 'phone' | 'bsuid'; from?: string; to: string}}
  | {kind: 'welcome'}
  | {kind: 'edit'; message_id: string; text?: string}
  | {kind: 'revoke'; message_id: string}
  | {kind: 'unsupported'; reason: string; awaiting?: boolean}

/**
 * The ways one person is known (design, decision 9). A phone is canonical digits, a wa_id the digits that WhatsApp uses
 * (both without `+`); a lid is digits, a jid is complete. `scope` is the WABA for a bsuid, the config for jid and lid.
 */
export interface Identity {
  kind: 'phone' | 'wa_id' | 'bsuid' | 'parent_bsuid' | 'lid' | 'jid'
  value: string
  scope?: string
}

/** Options a customer may choose from, in the order they are shown. */
export function optionsOf(content: Content): Option[] {
  if (content.kind === 'buttons') return content.buttons
  if (content.kind === 'list') return content.sections.flatMap((section) => section.rows)
  return []
}

/** Every file that a message of ours carries. */
export function sourcesOf(content: Content): MediaSource[] {
  const sources: MediaSource[] = []
  if ('media' in content) sources.push(content.media)
  if ('header' in content && content.header && 'media' in content.header) sources.push(content.header.media)
  return sources
}

/** What a person would read: goes into `messages.content`. */
export function readableText(content: Content): string {
  switch (content.kind) {
    case 'text':
    case 'buttons':
    case 'list':
    case 'cta_url':
      return content.text
    case 'location':
      return [content.name, content.address, `${content.latitude},${content.longitude}`].filter(Boolean).join(' · ')
    case 'contacts':
      return content.contacts.map((contact) => contact.name.formatted_name).join(', ')
    case 'reaction':
      return content.emoji
    case 'template':
      return `[${content.name}] ${Object.values(content.body ?? {}).join(' · ')}`.trim()
    default:
      return content.caption ?? content.filename ?? ''
  }
}

const MB = 1024 * 1024

/** Characters (code points) and counts that WhatsApp takes. */
export const messageLimits = {
  text: 4096,
  caption: 1024,
  interactiveBody: 1024,
  listBody: 4096,
  header: 60,
  footer: 60,
  buttons: 3,
  buttonTitle: 20,
  buttonId: 256,
  listButton: 20,
  sections: 10,
  sectionTitle: 24,
  rows: 10,
  rowTitle: 24,
  rowId: 200,
  rowDescription: 72,
  ctaTitle: 20,
  contacts: 257,
  templateName: 512,
  templateText: 1024,
  templateHeader: 60,
  buttonPayload: 256,
  copyCode: 15,
  url: 2000,
  callbackData: 512,
} as const

/** Most bytes of a file, by kind. A sticker of 100 KB or more must be animated. */
export const mediaLimits: Readonly<Record<MediaKind, number>> = {
  image: 5 * MB,
  audio: 16 * MB,
  video: 16 * MB,
  document: 100 * MB,
  sticker: 500 * 1024,
}

const office = 'application/vnd.openxmlformats-officedocument'

/** What kinds of file WhatsApp takes, by kind of message. */
export const mediaTypes: Readonly<Record<MediaKind, readonly string[]>> = {
  image: ['image/jpeg', 'image/png'],
  audio: ['audio/aac', 'audio/amr', 'audio/mpeg', 'audio/mp4', 'audio/ogg'],
  video: ['video/mp4', 'video/3gpp'],
  document: [
    'text/plain',
    'application/pdf',
    'application/msword',
    `${office}.wordprocessingml.document`,
    'application/vnd.ms-excel',
    `${office}.spreadsheetml.sheet`,
    'application/vnd.ms-powerpoint',
    `${office}.presentationml.presentation`,
  ],
  sticker: ['image/webp'],
}

/** Length as WhatsApp counts it: code points. */
export function lengthOf(text: string): number {
  let length = text.length
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit >= 0xd800 && unit <= 0xdbff && text.charCodeAt(i + 1) >> 10 === 0xdc00 >> 10) length--
  }
  return length
}
