import type {SandboxRequest} from '../exchange.ts'
import {isObject, type Json, parseJson} from '../json.ts'
import type {Cloud, CloudNumber, Waba} from './account.ts'
import {GraphError, noSuchObject} from './error.ts'
import type {StoredMedia} from './media.ts'
import type {Template} from './template.ts'

/** What an id stands for, to the holder of a token. */
export type GraphObject =
  | {kind: 'number'; number: CloudNumber}
  | {kind: 'waba'; waba: Waba; numbers: CloudNumber[]}
  | {kind: 'media'; media: StoredMedia}
  | {kind: 'template'; template: Template; waba: Waba}

/** The token's numbers; 104 without a token, 190 for one nobody has. */
export function numbersOfToken(cloud: Cloud, request: SandboxRequest): CloudNumber[] {
  const token = /^Bearer\s+(\S+)$/i.exec(request.headers.authorization ?? '')?.[1]
  if (token === undefined) throw new GraphError(104)
  const numbers = [...cloud.numbers.values()].filter((number) => number.token === token)
  if (numbers.length === 0) throw new GraphError(190)
  return numbers
}

/** The object behind an id, as far as these numbers may see it; else 100 with subcode 33. */
export function objectFor(cloud: Cloud, numbers: readonly CloudNumber[], id: string): GraphObject {
  const number = numbers.find((one) => one.phoneNumberId === id)
  if (number) return {kind: 'number', number}
  const ofWaba = numbers.filter((one) => one.wabaId === id)
  if (ofWaba[0]) return {kind: 'waba', waba: ofWaba[0].waba, numbers: ofWaba}
  const media = cloud.media.get(id)
  if (media && numbers.some((one) => one.phoneNumberId === media.owner)) return {kind: 'media', media}
  for (const {waba} of numbers) {
    const template = waba.templates.find((one) => one.id === id)
    if (template) return {kind: 'template', template, waba}
  }
  throw noSuchObject(id)
}

/** The body as an object; none at all is an empty one. */
export function bodyOf(request: SandboxRequest): Json {
  if (request.body.length === 0) return {}
  const body = parseJson(request.body)
  if (!isObject(body)) throw new GraphError(100, 'The request body is not a JSON object.')
  return body
}

/** The chosen fields of a node; a name it does not have is refused. */
export function pick(node: string, values: Json, fields: string | null, usual: readonly string[]): Json {
  const names = fields ? fields.split(',').map((name) => name.trim()) : [...usual]
  const picked: Json = {}
  for (const name of names) {
    const plain = name.replace(/[.{(].*$/, '')
    if (!(plain in values)) {
      throw new GraphError(100, undefined, {
        sentence: `(#100) Tried accessing nonexisting field (${plain}) on node type (${node})`,
      })
    }
    if (values[plain] !== undefined) picked[plain] = values[plain]
  }
  if (!('id' in picked) && values.id !== undefined) picked.id = values.id
  return picked
}

const PAGE = 25

/** One page of a list, with cursors; 131059 for a cursor that is none. */
export function pageOf(items: readonly Json[], request: SandboxRequest, base: string): Json {
  const limit = Math.min(Math.max(1, Number(request.query.get('limit') ?? PAGE) || PAGE), 1000)
  const from = positionOf(request.query.get('after'), items.length)
  const data = items.slice(from, from + limit)
  if (data.length === 0) return {data}
  const paging: Json = {cursors: {before: cursorAt(from), after: cursorAt(from + data.length)}}
  if (from + data.length < items.length) {
    const query = new URLSearchParams(request.query)
    query.set('limit', String(limit))
    query.set('after', cursorAt(from + data.length))
    paging.next = `${base}${request.path}?${query.toString()}`
  }
  return {data, paging}
}

const cursorAt = (position: number) => Buffer.from(`position:${position}`).toString('base64url')

function positionOf(cursor: string | null, length: number): number {
  if (!cursor) return 0
  const match = /^position:(\d+)$/.exec(Buffer.from(cursor, 'base64url').toString())
  if (!match || Number(match[1]) > length) throw new GraphError(131059)
  return Number(match[1])
}
