import type {Drawing} from '../operations/flow-graph.ts'

/** A drawing with the people who are inside now; undefined when nobody asked. */
export interface Picture extends Drawing {
  people?: ReadonlyMap<string, number>
}

export const graphFormats = ['text', 'mermaid', 'dot', 'svg'] as const
export type GraphFormat = (typeof graphFormats)[number]

export type DrawnNode = Drawing['nodes'][number]
export type DrawnEdge = Drawing['edges'][number]

/** `37 people`, or nothing. */
export function peopleAt({people}: Picture, node: string): string | undefined {
  const count = people?.get(node) ?? 0
  return count === 0 ? undefined : `${count} ${count === 1 ? 'person' : 'people'}`
}

/** What an arrow says: its condition, or nothing for the default. */
export const labelOf = ({condition}: DrawnEdge): string => condition ?? ''
