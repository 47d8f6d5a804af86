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
  const value = headOf(file, text) ?? readSource(text, file).value
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

/** The top-level key `nodes` of a YAML file with all lines below it that belong to it. */
const NODES = /^nodes:[ \t]*\r?\n(?:(?:[ \t#-].*)?(?:\r?\n|$))*/m
/** Writes a character as a number, by which a type could be spelt too. */
const ESCAPE = /\\[xuU]/

/**
 * A file without its nodes, which are most of it and say nothing to others when none of them jumps: parsing all flows of a folder
 * would be most of the time that checking one of them takes. Undefined when the whole file must be read.
 */
function headOf(file: string, text: string): unknown {
  const [nodes] = NODES.exec(text) ?? []
  if (nodes === undefined || nodes.includes('jump') || ESCAPE.test(nodes)) return undefined
  const {value, problems} = readSource(text.replace(NODES, ''), file)
  return problems.length === 0 ? value : undefined
}
