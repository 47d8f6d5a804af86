import {ForTag, Liquid, type Template} from 'liquidjs'
import type {Moment} from './dates.ts'
import {messageOf} from './errors.ts'
import type {LanguageProblem, Scope} from './language.ts'
import {callFunction, functions, textOf, type Value} from './functions.ts'
import {unknownName, type Names} from './names.ts'
import {didYouMean} from './nearest.ts'
import {lengthOf} from './message.ts'
import {extentOf, type Extent, type LongestValue} from './text-extent.ts'

/** A Liquid template that was checked against its scope and may be rendered any number of times. */
export interface Text {
  readonly source: string
  /** The text itself when nothing in it has to be filled in. */
  readonly literal?: string
  readonly uses: ReadonlySet<string>
  /** Everything it reads by its full name, e.g. `vars.cpf`, as a list of segments. */
  readonly paths: readonly Path[]
  /** How long it can come out. */
  extent: (longest: LongestValue) => Extent
  /** Throws a `TextError` when a limit is passed. Null and absent values print nothing. */
  render(scope: Scope, moment: Moment): string
}

type Path = readonly string[]

/** A template passed one of its limits. */
export class TextError extends Error {
  override readonly name = 'TextError'
}

export const MOST_TEXT_BYTES = 16_384
export const MOST_RENDERED_CHARACTERS = 65_536
const MOST_TURNS = 10_000
const MOST_MEMORY = 1_000_000

const tags = new Set('assign if unless case for break continue comment raw echo liquid #'.split(' '))
const filters = new Set(
  (
    'append prepend strip lstrip rstrip squish downcase upcase capitalize replace replace_first remove remove_first ' +
    'split join first last size slice truncate truncatewords plus minus times divided_by modulo round floor ceil abs ' +
    'at_least at_most sort uniq map where reverse concat compact sum json url_encode raw strip_newlines'
  ).split(' '),
)

let current: Moment = {now: 0, timeZone: 'UTC'}
let turns = 0

/** A template that prints nothing and counts: the library limits time and memory, but time is not the same everywhere. */
const counter = {
  *render() {
    if (++turns > MOST_TURNS) throw new TextError(`It takes more than ${MOST_TURNS} turns through lists.`)
  },
}

class CountedFor extends ForTag {
  constructor(...args: ConstructorParameters<typeof ForTag>) {
    super(...args)
    this.templates.unshift({...counter, token: this.token})
  }
}

function forbidFiles(): never {
  throw new TextError('Templates cannot read files.')
}

/** Our own file system for Liquid: there is none. */
const noFiles = {
  exists: async () => false,
  existsSync: () => false,
  readFile: async () => forbidFiles(),
  readFileSync: forbidFiles,
  resolve: forbidFiles,
}

function createLiquid(outputEscape?: (value: unknown) => string): Liquid {
  const liquid = new Liquid({
    strictFilters: true,
    strictVariables: false,
    ownPropertyOnly: true,
    relativeReference: false,
    fs: noFiles,
    parseLimit: MOST_TEXT_BYTES,
    memoryLimit: MOST_MEMORY,
    // Else asked of the machine, which takes long; no filter of ours reads it.
    locale: 'en',
    outputEscape,
  })
  liquid.registerTag('for', CountedFor)
  for (const tag of Object.keys(liquid.tags)) if (!tags.has(tag)) Reflect.deleteProperty(liquid.tags, tag)
  for (const filter of Object.keys(liquid.filters)) if (!filters.has(filter)) liquid.unregisterFilter(filter)
  for (const [name, fn] of Object.entries(functions))
    liquid.registerFilter(name, (value: Value, ...rest: Value[]) => callFunction(fn, value, rest, current))
  return liquid
}

const engines: {plain?: Liquid; url?: Liquid} = {}
/** Compiles a template. With `escape: 'url'` what is filled in cannot leave its place in an address. */
export function compileText(
  source: string,
  names: Names,
  escape?: 'url',
): {text: Text; problem?: undefined} | {text?: undefined; problem: LanguageProblem} {
  if (Buffer.byteLength(source) > MOST_TEXT_BYTES)
    return {problem: {message: `It is longer than ${MOST_TEXT_BYTES} bytes.`, at: 0}}
  if (!source.includes('{{') && !source.includes('{%')) return {text: literalText(source)}
  const liquid = escape
    ? (engines.url ??= createLiquid((value) => encodeURIComponent(textOf(value as Value))))
    : (engines.plain ??= createLiquid())
  try {
    const templates = liquid.parse(source)
    const {globals} = liquid.analyzeSync(templates, {partials: false})
    const problem = unknownNames(globals, names, source)
    return problem ? {problem} : {text: build(source, liquid, templates, globals)}
  } catch (error) {
    return {problem: problemOf(error)}
  }
}

function literalText(source: string): Text {
  const extent = () => ({least: lengthOf(source), most: lengthOf(source)})
  return {source, literal: source, uses: new Set(), paths: [], extent, render: () => source}
}

const outsideTags = /\{\{[\s\S]*?\}\}|\{%[\s\S]*?%\}/g

/** Characters that a template surely has, whatever is filled in. */
export function leastLength(source: string): number {
  if (!source.includes('{%')) return lengthOf(source.replace(outsideTags, ''))
  try {
    return extentOf((engines.plain ??= createLiquid()).parse(source), () => 0).least
  } catch {
    return 0
  }
}

function build(source: string, liquid: Liquid, templates: Template[], globals: Globals): Text {
  const uses = new Set(Object.keys(globals))
  return {
    source,
    uses,
    paths: Object.values(globals).flat().map(plainPath),
    extent: (longest) => extentOf(templates, longest),
    render(scope, moment) {
      current = moment
      turns = 0
      try {
        const values = uses.has('now') ? {...scope, now: new Date(moment.now).toISOString()} : scope
        const result = String(liquid.renderSync(templates, values))
        if (result.length <= MOST_RENDERED_CHARACTERS) return result
      } catch (error) {
        throw new TextError(withoutPlace(messageOf(error)))
      }
      throw new TextError(`It is longer than ${MOST_RENDERED_CHARACTERS} characters when filled in.`)
    },
  }
}

type Globals = ReturnType<Liquid['analyzeSync']>['globals']

/** `text.size`, `list.first` and `list.last` are Liquid's own. */
const pseudoFields = new Set(['size', 'first', 'last'])

/** The names of a path, as far as they are written down. */
function plainPath({segments}: Globals[string][number]): string[] {
  const end = segments.findIndex((segment) => typeof segment === 'object' || pseudoFields.has(String(segment)))
  return (end === -1 ? segments : segments.slice(0, end)).map(String)
}

/** The first name that is not known, and with it the others, each once. */
function unknownNames(globals: Globals, names: Names, source: string): LanguageProblem | undefined {
  const found = new Map<string, LanguageProblem>()
  for (const variable of Object.values(globals).flat()) {
    const unknown = unknownName(names, plainPath(variable))
    const at = offsetOf(source, variable.location.row, variable.location.col)
    const known = unknown && found.get(unknown.message)
    if (unknown && (!known || at < known.at)) found.set(unknown.message, {...unknown, at})
  }
  const [first, ...others] = [...found.values()].sort((one, other) => one.at - other.at)
  return first && {...first, others}
}

function offsetOf(source: string, row: number, column: number): number {
  const before = source.split('\n', row - 1).join('\n').length
  return row > 1 ? before + column : column - 1
}

const withoutPlace = (message: string) => (message.split('\n')[0] ?? '').replace(/, line:\d+, col:\d+$/, '')

function problemOf(error: unknown): LanguageProblem {
  const at = (error as {token?: {begin?: number}} | null)?.token?.begin ?? 0
  const message = withoutPlace(messageOf(error))
  const filter = /^undefined filter: (.+)$/.exec(message)?.[1]
  if (filter !== undefined)
    return {message: `"${filter}" is no filter.`, hint: didYouMean(filter, [...filters, ...Object.keys(functions)]), at}
  const tag = /^tag "(.+)" not found$/.exec(message)?.[1]
  if (tag !== undefined) return {message: `"${tag}" is no tag.`, hint: didYouMean(tag, tags), at}
  return {message, at}
}
