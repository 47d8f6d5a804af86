import {isRecord} from '../../base/json.ts'
import {slug, type FlowParts} from '../definition.ts'
import type {Path} from '../problem.ts'
import type {Trigger} from '../shape.ts'
import {readSource} from '../source.ts'
import {readTrigger} from '../trigger.ts'

/** What other flows need to know of a flow. */
export interface Outline {
  file: string
  key: string
  trigger: Trigger
  jumps: readonly Jump[]
}

export interface Jump {
  target: string
  /** It comes back here, so that calls nest. */
  returns: boolean
  /** The flow's start leads there without waiting for anyone. */
  atOnce: boolean
  path: Path
}

/** The outline of a flow that was read. */
export function outlineOf(file: string, {flow, assembled, nodePath}: FlowParts): Outline {
  const atOnce = reachedAtOnce(assembled)
  const jumps = flow.nodes.flatMap(({id, type, data}): Jump[] => {
    const {flow: target, return: returns = false} = (type === 'jump' ? data : {}) as {flow?: string; return?: boolean}
    if (target === undefined) return []
    return [{target, returns, atOnce: atOnce.has(id), path: [...nodePath(id), 'data', 'flow']}]
  })
  return {file, key: flow.flow, trigger: flow.trigger, jumps}
}

function reachedAtOnce({nodes, start}: FlowParts['assembled']): Set<string> {
  const reached = new Set<string>()
  const todo = [start]
  for (let id = todo.pop(); id !== undefined; id = todo.pop()) {
    const node = nodes.get(id)
    if (!node || reached.has(id)) continue
    reached.add(id)
    if (!node.behaviour.waits) todo.push(...node.edges.map(({target}) => target))
  }
  return reached
}

/** The outline of a file that only lies beside the linted ones; undefined when it is no flow. Its mistakes are not told. */
export function outlineBeside(file: string, text: string): Outline | undefined {
  const {value} = readSource(text, file)
  if (!isRecord(value)) return undefined
  const key = typeof value.flow === 'string' ? value.flow : slug(typeof value.name === 'string' ? value.name : '')
  const nodes: unknown[] = Array.isArray(value.nodes) ? value.nodes : []
  const jumps = nodes.flatMap((node, index): Jump[] => {
    const data = isRecord(node) && node.type === 'jump' && isRecord(node.data) ? node.data : {}
    if (typeof data.flow !== 'string') return []
    return [{target: data.flow, returns: data.return === true, atOnce: false, path: ['nodes', index]}]
  })
  const silent = () => {}
  return {file, key, trigger: readTrigger(value, silent, silent), jumps}
}
