import {z} from 'zod'
import {isRecord} from '../base/json.ts'
import {didYouMean} from '../base/nearest.ts'
import {Next, nextEdges, type PlacedEdge} from './edges.ts'
import type {Path, Report} from './problem.ts'
import {isNodeTypeName, nodeTypes} from './registry.ts'
import {issueReporter, reportInput} from './schema-issues.ts'
import type {NodeDefinition} from './shape.ts'

/** A node without what its type says about `data`. */
export const NodeHead = z.strictObject({
  id: z.string().regex(/^[A-Za-z0-9_.-]{1,64}$/, 'The id of a node is 1 to 64 letters, digits, _, . and -.'),
  type: z.string(),
  data: z.unknown().optional(),
  next: Next.optional(),
  position: z.looseObject({x: z.number(), y: z.number()}).nullish(),
  description: z.string().optional(),
})
type NodeHead = Partial<z.output<typeof NodeHead>>

export interface NodeList {
  nodes: NodeDefinition[]
  /** Where each of them stands in the file. */
  paths: Path[]
  /** Edges that nodes wrote as `next`. */
  edges: PlacedEdge[]
  /** Variables that broken nodes would declare, so that one mistake is told once and not at every use. */
  declared: string[]
}

/** Reads the nodes. A broken one is told and stands in as a node that does nothing, so that the rest is still checked. */
export function readNodes(raw: unknown[], report: Report, place: (id: string, path: Path) => void): NodeList {
  const issues = issueReporter(report)
  const list: NodeList = {nodes: [], paths: [], edges: [], declared: []}
  const seen = new Set<string>()
  let starts = 0
  for (const [index, item] of raw.entries()) {
    const path = ['nodes', index]
    const parsed = NodeHead.safeParse(item, reportInput)
    if (!parsed.success) issues(parsed.error, path, NodeHead)
    const head: NodeHead = parsed.success ? parsed.data : salvage(item)
    const {id, type, next} = head
    if (id === undefined) continue
    if (seen.has(id)) report([...path, 'id'], {rule: 'duplicate-node', message: `There is a node "${id}" already.`})
    seen.add(id)
    place(id, path)
    if (type === 'start' && ++starts === 2)
      report([...path, 'type'], {rule: 'two-starts', message: 'A flow has one start at most.'})
    if (next !== undefined) list.edges.push(...nextEdges(id, next, [...path, 'next']))
    const node = readNode(id, head, path, report)
    if (!node) list.declared.push(...guessedVariables(head.data))
    list.nodes.push(node ?? {id, type: 'transfer', data: {}})
    list.paths.push(path)
  }
  return list
}

function readNode(id: string, head: NodeHead, path: Path, report: Report): NodeDefinition | undefined {
  const {type, position} = head
  if (type === undefined) return undefined
  if (!isNodeTypeName(type)) {
    const hint = didYouMean(type, Object.keys(nodeTypes)) ?? `Known: ${Object.keys(nodeTypes).join(', ')}.`
    report([...path, 'type'], {rule: 'unknown-node-type', message: `"${type}" is no node type.`, hint})
    return undefined
  }
  const {schema, keys} = nodeTypes[type]
  const parsed = schema.safeParse(head.data ?? {}, reportInput)
  if (!parsed.success) {
    issueReporter(report)(parsed.error, [...path, 'data'], schema, keys)
    return undefined
  }
  const node: NodeDefinition = {id, type, data: parsed.data}
  return position ? {...node, position: {x: position.x, y: position.y}} : node
}

/** What can still be checked of a node whose head is wrong. */
function salvage(item: unknown): NodeHead {
  if (!isRecord(item)) return {}
  const {id, type, data, next} = item
  const parsedNext = Next.safeParse(next)
  return {
    id: typeof id === 'string' ? id : undefined,
    type: typeof type === 'string' ? type : undefined,
    data,
    next: parsedNext.success ? parsedNext.data : undefined,
  }
}

const variableName = /^(?:vars\.)?([A-Za-z_][A-Za-z0-9_]*)$/

function guessedVariables(data: unknown): string[] {
  if (!isRecord(data)) return []
  const names = [data.save_as, ...[data.set, data.save].flatMap((one) => (isRecord(one) ? Object.keys(one) : []))]
  return names.flatMap((name) => (typeof name === 'string' ? (variableName.exec(name)?.[1] ?? []) : []))
}
