import {createHash} from 'node:crypto'
import {assemble} from './assemble.ts'
import type {CompiledFlow} from './node.ts'
import type {FlowDefinition} from './shape.ts'

export type {CompiledFlow} from './node.ts'

/** Compiles a definition that `loadFlow` accepted. Throws when it was not: that is a fault of the caller. */
export function compile(definition: FlowDefinition, release: string): CompiledFlow {
  const assembled = assemble(definition, (path, finding) => {
    if (finding.severity !== 'warn') throw new Error(`${definition.flow} ${path.join('.')}: ${finding.message}`)
  })
  const scope = {key: definition.flow, name: definition.name, release}
  return {...assembled, key: definition.flow, release, definition, scope}
}

/** The canonical JSON of a definition: same meaning, same text, whatever file it came from. */
export function canonical(flow: FlowDefinition): string {
  return JSON.stringify(sorted({...flow, nodes: flow.nodes.map(({id, type, data}) => ({id, type, data}))}))
}

/** SHA-256 of the canonical JSON, hex: the name of a release. */
export function hash(flow: FlowDefinition): string {
  return createHash('sha256').update(canonical(flow)).digest('hex')
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).filter(([, item]) => item !== undefined)
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, item]) => [key, sorted(item)]))
}
