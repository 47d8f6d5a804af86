import {CaseTag, EchoTag, ForTag, IfTag, LiquidTag, Output, RawTag, UnlessTag, Value, type Template} from 'liquidjs'
import {lengthOf} from './message.ts'

/** How long a template can come out, in characters as WhatsApp counts them. */
export interface Extent {
  /** It is never shorter. */
  least: number
  /** It is hardly ever longer; Infinity when nothing is known. */
  most: number
}

/** The longest that a value such as `contact.name` is likely to be. */
export type LongestValue = (path: readonly string[]) => number

/** Turns of a loop that are likely. */
const LIKELY_TURNS = 10

/** Adds up a parsed template: branches count with their extremes, loops with a likely number of turns. */
export function extentOf(templates: readonly Template[], longest: LongestValue): Extent {
  return templates.map((template) => extentOfOne(template, longest)).reduce(sum, {least: 0, most: 0})
}

const sum = (a: Extent, b: Extent): Extent => ({least: a.least + b.least, most: a.most + b.most})

function extentOfOne(template: Template, longest: LongestValue): Extent {
  if (template instanceof Output) return {least: 0, most: mostOf(template.value, longest)}
  if (template instanceof IfTag || template instanceof UnlessTag || template instanceof CaseTag) {
    const branches = [...template.branches.map((branch) => branch.templates), template.elseTemplates ?? []]
    const extents = branches.map((one) => extentOf(one, longest))
    return {
      least: Math.min(...extents.map(({least}) => least)),
      most: Math.max(...extents.map(({most}) => most)),
    }
  }
  if (template instanceof ForTag) {
    const {most} = extentOf(template.templates, longest)
    return {least: 0, most: Math.max(most * LIKELY_TURNS, extentOf(template.elseTemplates ?? [], longest).most)}
  }
  if (template instanceof LiquidTag) return extentOf(template.templates, longest)
  if (template instanceof EchoTag) {
    const value: unknown = [...template.arguments()][0]
    return {least: 0, most: value instanceof Value ? mostOf(value, longest) : 0}
  }
  return fixed(template instanceof RawTag ? template.render() : literalOf(template))
}

const fixed = (text: string): Extent => {
  const length = lengthOf(text)
  return {least: length, most: length}
}

/** Text between the tags; assignments and comments print nothing. */
function literalOf({token}: Template): string {
  const {getContent} = token as {getContent?: (this: typeof token) => string}
  return getContent?.call(token) ?? ''
}

function mostOf({initial, filters}: Value, longest: LongestValue): number {
  const [first, ...others] = initial.postfix
  const start = others.length > 0 || first === undefined ? Infinity : mostOfToken(first, longest)
  return filters.reduce((length, {name, args}) => {
    const values = args.map((one) => (Array.isArray(one) ? Infinity : argumentOf(one)))
    return afterFilter(name, length, values)
  }, start)
}

/** A token as far as it is of interest here: a literal, or a path of names. */
interface Token {
  content?: unknown
  props?: readonly {content?: unknown}[]
}

function mostOfToken(token: unknown, longest: LongestValue): number {
  const {content, props} = token as Token
  if (props !== undefined) return longest(props.map((segment) => String(segment.content)))
  return typeof content === 'string' || typeof content === 'number' ? lengthOf(String(content)) : Infinity
}

/** A number stands for itself, a text for its length; what is only known later for Infinity. */
function argumentOf(token: unknown): number {
  const {content} = token as Token
  if (typeof content === 'number') return content
  return typeof content === 'string' ? lengthOf(content) : Infinity
}

const same = new Set(
  'upper lower title fold digits strip lstrip rstrip squish downcase upcase capitalize strip_newlines raw remove remove_first'.split(
    ' ',
  ),
)

/** What comes out of these is short whatever goes in. */
const longestResult: Readonly<Record<string, number>> = {
  first_name: 20,
  number: 16,
  brl: 20,
  brl_cents: 20,
  date: 30,
  add_days: 10,
  days_until: 6,
  weekday: 1,
  hour: 2,
  greeting: 9,
  cpf: 14,
  cnpj: 18,
  mask_document: 18,
  phone: 20,
  size: 6,
  ...Object.fromEntries(
    'plus minus times divided_by modulo round floor ceil abs at_least at_most sum'.split(' ').map((name) => [name, 16]),
  ),
}

function afterFilter(name: string, length: number, [first = Infinity, second = Infinity]: number[]): number {
  if (same.has(name)) return length
  const most = longestResult[name]
  if (most !== undefined) return Math.min(most, length === Infinity ? most : Math.max(length, most))
  if (name === 'truncate') return Math.min(length, first)
  if (name === 'slice') return Math.min(length, second === Infinity ? 1 : second)
  if (name === 'default') return Math.max(length, first)
  return name === 'append' || name === 'prepend' ? length + first : Infinity
}
