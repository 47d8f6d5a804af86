import {z} from 'zod'
import {didYouMean} from '../base/nearest.ts'
import type {Path, Report} from './problem.ts'
import {issueReporter, reportInput} from './schema-issues.ts'
import type {EdgeDefinition, NodeDefinition} from './shape.ts'

/** An edge with the places in the file that say it. */
export interface PlacedEdge extends EdgeDefinition {
  path: Path
  targetPath: Path
  conditionPath: Path
}

/** An entry of the `edges` list. */
export const EdgeSource = z.strictObject({
  id: z.string().nullish(),
  source: z.string(),
  target: z.string(),
  condition: z.string().nullish(),
  label: z.string().nullish(),
})

const Branch = z.union([z.string(), z.strictObject({if: z.string().optional(), to: z.string()})], {
  error: 'Write the id of a node, or {if: CEL, to: id}.',
})
export const Next = z.union([z.string(), z.array(Branch).min(1)], {
  error: 'Write the id of a node, or a list of ids and {if: CEL, to: id}.',
})

/** Edges of the `edges` list. An empty condition is none. */
function listedEdge(edge: z.output<typeof EdgeSource>, index: number): PlacedEdge {
  const path = ['edges', index]
  const {source, target} = edge
  const condition = edge.condition?.trim() ? edge.condition : undefined
  return {source, target, condition, path, targetPath: [...path, 'target'], conditionPath: [...path, 'condition']}
}

/** Reads the `edges` list. A node that wrote `next` may not be a source there. */
export function readEdges(raw: unknown[], fromNext: PlacedEdge[], report: Report): PlacedEdge[] {
  const issues = issueReporter(report)
  const withNext = new Set(fromNext.map((edge) => edge.source))
  return raw.flatMap((item, index) => {
    const parsed = EdgeSource.safeParse(item, reportInput)
    if (!parsed.success) {
      issues(parsed.error, ['edges', index], EdgeSource)
      return []
    }
    const {source} = parsed.data
    const message = `"${source}" has its edges in "next" already.`
    if (withNext.has(source)) report(['edges', index, 'source'], {rule: 'next-and-edges', message})
    return [listedEdge(parsed.data, index)]
  })
}

/** Edges that a node wrote as `next`. */
export function nextEdges(source: string, next: z.output<typeof Next>, path: Path): PlacedEdge[] {
  if (typeof next === 'string') return [{source, target: next, path, targetPath: path, conditionPath: path}]
  return next.map((branch, index) => {
    const at = [...path, index]
    if (typeof branch === 'string') return {source, target: branch, path: at, targetPath: at, conditionPath: at}
    return {
      source,
      target: branch.to,
      condition: branch.if,
      path: at,
      targetPath: [...at, 'to'],
      conditionPath: [...at, 'if'],
    }
  })
}

/** Checks that every edge has its ends, and that nothing is said twice. */
export function checkEdges(nodes: NodeDefinition[], edges: PlacedEdge[], report: Report) {
  const ids = new Set(nodes.map((node) => node.id))
  const defaults = new Set<string>()
  for (const {source, target, condition, path, targetPath} of edges) {
    if (!ids.has(source)) report([...path, 'source'], dangling('comes from', source, ids))
    if (!ids.has(target)) report(targetPath, dangling('goes to', target, ids))
    if (condition !== undefined) continue
    if (defaults.has(source))
      report(path, {
        rule: 'two-defaults',
        message: `"${source}" has a second edge without a condition; one is the most.`,
      })
    defaults.add(source)
  }
}

const dangling = (verb: string, id: string, ids: Set<string>) =>
  ({
    rule: 'dangling-edge',
    message: `The edge ${verb} "${id}", which is no node of this flow.`,
    hint: didYouMean(id, ids),
  }) as const
