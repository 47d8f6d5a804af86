import {z} from 'zod'
import {Contact, mediaKinds} from '../base/message.ts'

/** What `data` of a message node may hold. Every text in it is Liquid. */

const numeric = z.union([z.number(), z.string()])
const label = z.union([z.string(), z.number().transform(String)])
const Parameters = z.union([z.array(label), z.record(z.string(), label)], {
  error: 'Write a list of values, or one value per name.',
})

export interface OptionData {
  title: string
  id?: string
  description?: string
}

const optionMistake = 'Write a title, or {title, id, description}.'
const Option = z.union(
  [
    label.transform((title): OptionData => ({title})),
    z.strictObject({title: label, id: z.string().min(1).optional(), description: z.string().optional()}),
  ],
  {error: optionMistake},
)

const link = z.string().min(1)
const Source = {link: link.optional(), id: link.optional(), sha256: link.optional(), mime_type: link.optional()}
export interface MediaData {
  link?: string
  id?: string
  sha256?: string
  mime_type?: string
  caption?: string
  filename?: string
  voice?: boolean
}

const Media = z.union(
  [
    link.transform((address): MediaData => ({link: address})),
    z.strictObject({
      ...Source,
      caption: z.string().optional(),
      filename: z.string().optional(),
      voice: z.boolean().optional(),
    }),
  ],
  {error: 'Write a link, or {link | id | sha256, caption, filename}.'},
)

const Header = z.union(
  [
    z.string().transform((text) => ({text})),
    z.strictObject({text: z.string()}),
    z.strictObject({kind: z.enum(['image', 'video', 'document']), ...Source, filename: z.string().optional()}),
  ],
  {error: 'Write a text, or {kind: image | video | document, link}.'},
)

const List = z.union(
  [
    z.array(Option).transform((rows) => ({button: undefined, sections: [{title: undefined, rows}]})),
    z.strictObject({
      button: z.string().optional(),
      sections: z.array(z.strictObject({title: z.string().optional(), rows: z.array(Option)})),
    }),
  ],
  {error: 'Write a list of options, or {button, sections: [{title, rows}]}.'},
)

const Template = z.strictObject({
  name: z.string().min(1),
  language: z.string().min(2),
  header: Header.optional(),
  body: Parameters.optional(),
  buttons: z
    .array(
      z.strictObject({
        index: z.int().min(0).max(9),
        type: z.enum(['quick_reply', 'url', 'copy_code', 'flow', 'catalog']),
        value: label,
      }),
    )
    .optional(),
})

const Fallback = z.strictObject({
  template: z.string().min(1),
  language: z.string().min(2),
  parameters: Parameters.optional(),
  header: Header.optional(),
})

export const MessageData = z.strictObject({
  text: z.string().optional(),
  buttons: z.array(Option).min(1).optional(),
  list: List.optional(),
  header: Header.optional(),
  footer: z.string().optional(),
  cta_url: z.strictObject({title: z.string().min(1), url: link}).optional(),
  ...(Object.fromEntries(mediaKinds.map((kind) => [kind, Media.optional()])) as Record<
    (typeof mediaKinds)[number],
    z.ZodOptional<typeof Media>
  >),
  location: z
    .strictObject({latitude: numeric, longitude: numeric, name: z.string().optional(), address: z.string().optional()})
    .optional(),
  contacts: z.array(Contact).min(1).optional(),
  reaction: z.strictObject({emoji: z.string(), message_id: z.string().optional()}).optional(),
  template: Template.optional(),
  preview_url: z.boolean().optional(),
  /** Goes instead when the 24-hour window is closed. */
  fallback: Fallback.optional(),
})
export type MessageData = z.output<typeof MessageData>
export type HeaderData = z.output<typeof Header>
export type TemplateData = z.output<typeof Template>
export type FallbackData = z.output<typeof Fallback>

/** Keys that say what kind of message it is; all but text stand alone. */
export const kindKeys = [
  'buttons',
  'list',
  'cta_url',
  ...mediaKinds,
  'location',
  'contacts',
  'reaction',
  'template',
] as const
const withText = new Set<string>(['buttons', 'list', 'cta_url', 'image', 'document', 'video'])

/** What is wrong with the combination of keys, as a sentence. */
export function combinationProblem(data: MessageData): {key?: string; message: string} | undefined {
  const kinds = kindKeys.filter((key) => data[key] !== undefined)
  const [kind, second] = kinds
  if (second !== undefined)
    return {key: second, message: `A message is one of a kind: ${kind} and ${second} cannot go together.`}
  if (kind === undefined) return data.text ? undefined : {message: 'A message needs text, or another content.'}
  if (data.text !== undefined && !withText.has(kind)) return {key: 'text', message: `${kind} takes no text.`}
  const needsText = kind === 'buttons' || kind === 'list' || kind === 'cta_url'
  return needsText && !data.text ? {key: kind, message: `${kind} needs text as well.`} : undefined
}
