import type {ReceivedOption} from '../customer.ts'
import {isObject, type Json, textOf} from '../json.ts'
import type {CheckContext, Draft, DraftContent} from './draft.ts'
import {checkMedia} from './media-object.ts'
import {
  invalidParameter,
  missing,
  needLink,
  needList,
  needObject,
  needText,
  onlyKeys,
  optionalObject,
  optionalText,
  place,
  wrong,
} from './shape.ts'

const BODY_MAX = 1024
const LIST_BODY_MAX = 4096
const HEADER_MAX = 60
const FOOTER_MAX = 60
const LABEL_MAX = 20
const ROWS_MAX = 10
const MEDIA_HEADERS = ['image', 'video', 'document'] as const

interface Kind {
  headers: readonly string[]
  body: 'required' | 'optional'
  bodyMax?: number
  footer?: false
  action(action: Json): ReceivedOption[]
}

const anyHeader = ['text', ...MEDIA_HEADERS]

const kinds: Record<string, Kind> = {
  button: {headers: anyHeader, body: 'required', action: buttons},
  list: {headers: ['text'], body: 'required', bodyMax: LIST_BODY_MAX, action: listRows},
  cta_url: {headers: anyHeader, body: 'required', action: ctaUrl},
  location_request_message: {headers: [], body: 'required', action: named('send_location')},
  contact_request: {headers: [], body: 'required', action: named('request_contact_info')},
  flow: {headers: anyHeader, body: 'required', action: flow},
  catalog_message: {headers: [], body: 'required', action: named('catalog_message')},
  product: {headers: [], body: 'optional', action: product},
  product_list: {headers: ['text'], body: 'required', action: productList},
  carousel: {headers: [], body: 'required', footer: false, action: carousel},
}
/** Passed through: their shapes depend on the country or on calling. */
const unchecked = new Set(['address_message', 'call_permission_request', 'voice_call', 'order_details', 'order_status'])

/** Checks an interactive message: 131009 for every limit, 131008 for what is missing. */
export function checkInteractive(body: Json, context: CheckContext): DraftContent {
  const interactive = needObject(body, 'interactive', '')
  const type = needText(interactive, 'type', 'interactive', {max: 64})
  if (unchecked.has(type)) return {text: `[${type}]`, options: []}
  const kind = kinds[type]
  if (!kind)
    throw invalidParameter(
      `Param interactive['type'] must be one of {${Object.keys(kinds).join(', ')}} - got "${type}".`,
    )
  onlyKeys(interactive, 'interactive', new Set(['type', 'header', 'body', 'footer', 'action']))
  const laterFailure = checkHeader(interactive, kind, type, context)
  const text = checkBody(interactive, kind)
  const footer = optionalObject(interactive, 'footer', 'interactive')
  if (footer && kind.footer === false) throw wrong(`Footer is not allowed with interactive type ${type}.`)
  if (footer) needText(footer, 'text', "interactive['footer']", {max: FOOTER_MAX, code: 131009})
  return {text, options: kind.action(needObject(interactive, 'action', 'interactive')), laterFailure}
}

function checkBody(interactive: Json, kind: Kind): string {
  if (kind.body === 'optional' && interactive.body === undefined) return ''
  const body = needObject(interactive, 'body', 'interactive')
  return needText(body, 'text', "interactive['body']", {max: kind.bodyMax ?? BODY_MAX, code: 131009})
}

function checkHeader(interactive: Json, kind: Kind, type: string, context: CheckContext): Draft['laterFailure'] {
  const header = optionalObject(interactive, 'header', 'interactive')
  if (!header) {
    if (type === 'product_list') throw missing("interactive['header']")
    return undefined
  }
  const at = "interactive['header']"
  const form = needText(header, 'type', at, {max: 20})
  if (!kind.headers.includes(form)) throw wrong(`Header type "${form}" is not allowed with interactive type ${type}.`)
  onlyKeys(header, at, new Set(['type', form]))
  if (form === 'text') needText(header, 'text', at, {max: HEADER_MAX, code: 131009})
  const mediaKind = MEDIA_HEADERS.find((one) => one === form)
  return mediaKind && checkMedia(needObject(header, mediaKind, at), mediaKind, place(at, mediaKind), context)
}

function buttons(action: Json): ReceivedOption[] {
  const at = "interactive['action']"
  onlyKeys(action, at, new Set(['buttons']))
  const options = needList(action, 'buttons', at, {max: 3}).map((button, index): ReceivedOption => {
    const path = `${at}['buttons'][${index}]`
    if (!isObject(button)) throw invalidParameter(`Param ${path} must be a JSON object.`)
    if (button.type !== 'reply')
      throw wrong(`Param ${path}['type'] must be one of {REPLY} - got "${textOf(button.type)}".`)
    onlyKeys(button, path, new Set(['type', 'reply']))
    const reply = needObject(button, 'reply', path)
    onlyKeys(reply, `${path}['reply']`, new Set(['id', 'title']))
    const id = needText(reply, 'id', path, {max: 256, code: 131009})
    return {kind: 'button', id, title: needText(reply, 'title', path, {max: LABEL_MAX, code: 131009})}
  })
  unique(
    options.map((option) => option.title),
    'button title',
  )
  unique(
    options.map((option) => option.id),
    'button id',
  )
  return options
}

function listRows(action: Json): ReceivedOption[] {
  const at = "interactive['action']"
  onlyKeys(action, at, new Set(['button', 'sections']))
  needText(action, 'button', at, {max: LABEL_MAX, code: 131009})
  const sections = needList(action, 'sections', at, {max: 10})
  const rows = sections.flatMap((section, index) => {
    const path = `${at}['sections'][${index}]`
    if (!isObject(section)) throw invalidParameter(`Param ${path} must be a JSON object.`)
    onlyKeys(section, path, new Set(['title', 'rows']))
    if (sections.length > 1 || section.title !== undefined) needText(section, 'title', path, {max: 24, code: 131009})
    return needList(section, 'rows', path, {max: ROWS_MAX}).map((row, at) => listRow(row, `${path}['rows'][${at}]`))
  })
  if (rows.length > ROWS_MAX) throw wrong(`Total row count exceed max allowed count: ${ROWS_MAX}.`)
  unique(
    rows.map((row) => row.id),
    'row id',
  )
  return rows
}

function listRow(row: unknown, path: string): ReceivedOption {
  if (!isObject(row)) throw invalidParameter(`Param ${path} must be a JSON object.`)
  onlyKeys(row, path, new Set(['id', 'title', 'description']))
  return {
    kind: 'row',
    id: needText(row, 'id', path, {max: 200, code: 131009}),
    title: needText(row, 'title', path, {max: 24, code: 131009}),
    description: optionalText(row, 'description', path, {max: 72, min: 0, code: 131009}),
  }
}

function ctaUrl(action: Json): ReceivedOption[] {
  const at = "interactive['action']"
  named('cta_url')(action)
  const parameters = needObject(action, 'parameters', at)
  onlyKeys(parameters, `${at}['parameters']`, new Set(['display_text', 'url']))
  needText(parameters, 'display_text', `${at}['parameters']`, {max: LABEL_MAX, code: 131009})
  needLink(parameters, 'url', `${at}['parameters']`)
  return []
}

function named(name: string): (action: Json) => ReceivedOption[] {
  return (action) => {
    const given = needText(action, 'name', "interactive['action']", {max: 64})
    if (given !== name) throw wrong(`Param interactive['action']['name'] must be "${name}" - got "${given}".`)
    return []
  }
}

function flow(action: Json): ReceivedOption[] {
  named('flow')(action)
  const at = "interactive['action']['parameters']"
  const parameters = needObject(action, 'parameters', "interactive['action']")
  if (parameters.flow_message_version !== '3') throw wrong(`Param ${at}['flow_message_version'] must be "3".`)
  if ((parameters.flow_id === undefined) === (parameters.flow_name === undefined)) {
    throw missing(`${at}['flow_id'] or ${at}['flow_name']`)
  }
  needText(parameters, 'flow_cta', at, {max: 30, code: 131009})
  return []
}

function product(action: Json): ReceivedOption[] {
  needText(action, 'catalog_id', "interactive['action']", {max: 100})
  needText(action, 'product_retailer_id', "interactive['action']", {max: 100})
  return []
}

function productList(action: Json): ReceivedOption[] {
  const at = "interactive['action']"
  needText(action, 'catalog_id', at, {max: 100})
  const items = needList(action, 'sections', at, {max: 10}).flatMap((section, index) => {
    const path = `${at}['sections'][${index}]`
    if (!isObject(section)) throw invalidParameter(`Param ${path} must be a JSON object.`)
    return needList(section, 'product_items', path, {max: 30})
  })
  if (items.length > 30) throw wrong('At most 30 product items are allowed.')
  return []
}

function carousel(action: Json): ReceivedOption[] {
  needList(action, 'cards', "interactive['action']", {min: 2, max: 10})
  return []
}

function unique(values: readonly string[], what: string): void {
  const twice = values.find((value, at) => values.indexOf(value) !== at)
  if (twice !== undefined) throw wrong(`Duplicate ${what} "${twice}".`)
}
