import {isDeepStrictEqual} from 'node:util'
import {type Document, isCollection, isMap, isScalar, isSeq, type Node, parseDocument, type YAMLSeq} from 'yaml'
import {isRecord} from '../base/json.ts'

/** Lines are the author's business: none is broken that was not. */
const NEVER = 0

/**
 * Changes the text of a YAML file so that it holds `wanted`, and leaves what is the same as it is: comments, order, quotes, and what
 * stands on one line.
 */
export function mergeSource(text: string, wanted: unknown): string {
  const document = parseDocument(text)
  document.contents = merged(document, document.contents, wanted) as typeof document.contents
  return document.toString({
    lineWidth: NEVER,
    flowCollectionPadding: !/[{[][\w"']/.test(text),
    indentSeq: !/^(\w[^\n]*:)\n+- /m.test(text),
  })
}

/** A file for something that has none yet. */
export function newSource(wanted: unknown): string {
  const document = parseDocument('')
  document.contents = document.createNode(wanted) as unknown as typeof document.contents
  return document.toString({lineWidth: NEVER})
}

function merged(document: Document, node: unknown, wanted: unknown): unknown {
  const isNode = isCollection(node) || isScalar(node)
  if (isNode && isDeepStrictEqual(node.toJS(document), wanted)) return node
  if (isMap(node) && isRecord(wanted)) {
    for (const {key} of [...node.items]) if (!Object.hasOwn(wanted, nameOf(key))) node.delete(key)
    for (const [name, value] of Object.entries(wanted)) node.set(name, merged(document, node.get(name, true), value))
    return node
  }
  if (isSeq(node) && Array.isArray(wanted)) return mergedList(document, node, wanted)
  if (isScalar(node) && (typeof wanted !== 'object' || wanted === null)) {
    node.value = wanted
    return node
  }
  return document.createNode(wanted)
}

const nameOf = (key: unknown): string => String(isScalar(key) ? key.value : key)

function mergedList(document: Document, list: YAMLSeq, wanted: readonly unknown[]): YAMLSeq {
  const left = [...(list.items as Node[])]
  const onOneLine = left.some((item) => isCollection(item) && item.flow === true)
  list.items = wanted.map((value) => {
    const index = left.findIndex((item) => identity(item.toJS(document)) === identity(value))
    const [found] = index === -1 ? [] : left.splice(index, 1)
    if (found) return merged(document, found, value)
    const made = document.createNode(value)
    if (isCollection(made)) made.flow = onOneLine
    return made
  })
  return list
}

/** What makes an item of a list the same one: a node's id, the ends of an edge, else all of it. */
function identity(item: unknown): string {
  if (!isRecord(item)) return JSON.stringify(item) ?? ''
  if (typeof item.id === 'string' && 'type' in item) return `node ${item.id}`
  if (typeof item.source === 'string') return `edge ${JSON.stringify([item.source, item.target, item.condition])}`
  return JSON.stringify(item)
}
