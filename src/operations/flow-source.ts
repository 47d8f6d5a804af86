import {z} from 'zod'
import {hash} from '../flow/compile.ts'
import {loadFlow} from '../flow/definition.ts'
import {mergeSource, newSource} from '../flow/merge-source.ts'
import {isRecord} from '../base/json.ts'
import {localOperation} from './operation.ts'

/** What a server has of a flow: the file it was published from, or only what that said. */
const Deployed = z.strictObject({source: z.string().nullable(), definition: z.looseObject({})})

const Merged = z.object({
  text: z.string(),
  /** `replaced`: written anew, because what it was could not be kept. */
  change: z.enum(['new', 'merged', 'replaced', 'none']),
})

const mergeInput = z.strictObject({
  deployed: Deployed,
  /** The file as it is here; absent for a new one. */
  file: z.strictObject({name: z.string(), text: z.string()}).optional(),
  variables: z.record(z.string(), z.json()).default({}),
})

/** Puts what a server has into a file that is here, or into a new one. */
export const mergeFlowFile = localOperation({
  id: 'flows.merge',
  summary: 'Make a flow file say what a server has, keeping what is the same as it is written.',
  input: mergeInput,
  output: Merged,
  run: (_context, input) => Promise.resolve(mergeFile(input)),
})

function mergeFile({deployed, file, variables}: z.output<typeof mergeInput>): z.output<typeof Merged> {
  const fresh = deployed.source ?? newSource(deployed.definition)
  if (!file) return {text: fresh, change: 'new'}
  const wanted = hashOf(fresh, variables)
  const isSame = file.text === fresh || (wanted !== undefined && hashOf(file.text, variables) === wanted)
  if (isSame) return {text: file.text, change: 'none'}
  const text = /\.json$/i.test(file.name) ? jsonOf(fresh) : mergedText(file.text, fresh)
  if (text !== undefined && hashOf(text, variables) === wanted) return {text, change: 'merged'}
  return {text: fresh, change: 'replaced'}
}

const rawOf = (text: string): unknown => loadFlow(text, '').raw

const jsonOf = (text: string): string => `${JSON.stringify(rawOf(text), undefined, 2)}\n`

function mergedText(text: string, fresh: string): string | undefined {
  return isRecord(rawOf(text)) ? mergeSource(text, rawOf(fresh)) : undefined
}

function hashOf(text: string, variables: NonNullable<NonNullable<Parameters<typeof loadFlow>[2]>['variables']>) {
  const {flow} = loadFlow(text, '', {variables})
  return flow && hash(flow)
}

/** The key of the flow that a file holds, even when the rest of it cannot be read. */
export const keyOfFlowFile = localOperation({
  id: 'flows.keys',
  summary: 'Tell which flow each file holds.',
  input: z.strictObject({files: z.array(z.strictObject({name: z.string(), text: z.string()}))}),
  output: z.object({keys: z.array(z.object({file: z.string(), flow: z.string().nullable()}))}),
  async run(_context, {files}) {
    const keys = files.map(({name, text}) => ({file: name, flow: loadFlow(text, name).parts?.flow.flow ?? null}))
    return {keys}
  },
})
