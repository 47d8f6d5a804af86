import type {Json} from '../session.ts'
import type {Bound} from './check.ts'
import {createLibraries, type FlowFile, type TextFile} from './library.ts'
import {type Mutant, mutantsOf} from './mutants.ts'
import {play} from './play.ts'
import {openSuite} from './run.ts'
import type {Dialogue} from './suite.ts'

export interface MutationRun {
  flows: readonly TextFile[]
  tests: readonly TextFile[]
  variables?: Readonly<Record<string, Json>>
  /** The file of the flow that is changed. */
  file: string
}

export interface Survivor {
  node: string
  line: number
  change: string
  /** No dialogue comes to this node at all. */
  unreached: boolean
}

export interface MutationReport {
  flow: string
  file: string
  total: number
  noticed: number
  survivors: Survivor[]
}

/** A dialogue that passes, and the nodes it goes through. */
interface Witness {
  bound: Bound
  dialogue: Dialogue
  nodes: ReadonlySet<string>
}

/** Changes a flow in one place at a time and tells which changes no test notices. */
export function mutate({flows, tests, variables = {}, file}: MutationRun): MutationReport {
  const libraries = createLibraries(flows)
  const bounds = tests.flatMap((test) => openSuite(test, libraries, variables).bound ?? [])
  const touching = bounds.filter((bound) => bound.flows.some((flow) => flow.file === file))
  const tested = touching.flatMap((bound) => bound.flows).find((one) => one.file === file)
  const flow = tested ?? libraries.with(variables).find(file, '')
  if (!flow?.compiled) return {flow: '', file, total: 0, noticed: 0, survivors: []}
  const witnesses = touching.flatMap((bound) => witnessesOf(bound, flow))
  const mutants = mutantsOf(flow)
  const survivors = mutants.flatMap((mutant) => survivorOf(mutant, flow, witnesses))
  return {flow: flow.compiled.key, file, total: mutants.length, noticed: mutants.length - survivors.length, survivors}
}

function witnessesOf(bound: Bound, {compiled}: FlowFile): Witness[] {
  return bound.suite.dialogues.flatMap((dialogue) => {
    const {failure, happened} = play(bound, dialogue)
    if (failure) return []
    const nodes = happened.flatMap((one) =>
      one.kind === 'event' && one.data.release === compiled?.release && typeof one.data.node === 'string'
        ? [one.data.node]
        : [],
    )
    return [{bound, dialogue, nodes: new Set(nodes)}]
  })
}

function survivorOf(mutant: Mutant, flow: FlowFile, witnesses: readonly Witness[]): Survivor[] {
  const {node, line, change, compiled} = mutant
  // A dialogue that never comes to the node cannot tell.
  const there = witnesses.filter(({nodes}) => nodes.has(node))
  const noticed = there.some(({bound, dialogue}) => {
    const changed = bound.compiled.map((one) => (one.release === flow.compiled?.release ? compiled : one))
    return play({...bound, compiled: changed}, dialogue).failure !== undefined
  })
  return noticed ? [] : [{node, line, change, unreached: there.length === 0}]
}
