import {z} from 'zod'
import {PytakeError} from '../base/errors.ts'
import {type FlowDefinition, loadFlow, type Problem} from '../flow/definition.ts'
import {localOperation} from './operation.ts'

export const MOST_FILES = 1000

export const FlowFile = z.strictObject({name: z.string().min(1).max(1000), text: z.string()})

/** Files as they were read; a release is made of what they say, so a server reads them the same way. */
export const flowFiles = {
  files: z.array(FlowFile).min(1, 'there is no file').max(MOST_FILES),
  /** Values of `${var.NAME}`. */
  variables: z.record(z.string(), z.json()).default({}),
}

/** One thing that is wrong with a flow file. */
export const FlowProblem = z.object({
  file: z.string(),
  line: z.number(),
  column: z.number(),
  rule: z.string(),
  severity: z.enum(['error', 'warn']),
  message: z.string(),
  hint: z.string().optional(),
  excerpt: z.object({text: z.string(), at: z.number()}).optional(),
})
export type FlowProblem = z.output<typeof FlowProblem>

/** Reads flow files where they are, so that every problem is told before anybody is asked to publish anything. */
export const checkFlowFiles = localOperation({
  id: 'flows.check',
  summary: 'Read flow files and tell everything that is wrong with them.',
  input: z.strictObject(flowFiles),
  output: z.object({
    problems: z.array(FlowProblem),
    flows: z.array(
      z.object({file: z.string(), flow: z.string(), name: z.string(), definition: z.custom<FlowDefinition>()}),
    ),
  }),
  async run(_context, {files, variables}) {
    const {definitions, problems} = readFlowFiles(files, variables)
    return {
      problems,
      flows: definitions.map(({file, definition}) => ({
        ...{file, flow: definition.flow, name: definition.name, definition},
      })),
    }
  },
})

export interface ReadFiles {
  definitions: {file: string; source: string; definition: FlowDefinition; place: (node?: string) => string}[]
  problems: Problem[]
}

export function readFlowFiles(
  files: readonly {name: string; text: string}[],
  variables: NonNullable<NonNullable<Parameters<typeof loadFlow>[2]>['variables']>,
): ReadFiles {
  const read: ReadFiles = {definitions: [], problems: []}
  for (const {name, text} of files) {
    const {flow, problems, positions, locate} = loadFlow(text, name, {variables})
    read.problems.push(...problems)
    if (!flow) continue
    const place = (node?: string) => {
      const found = node === undefined ? undefined : positions.get(node)
      return `${name}:${(found ?? locate(['trigger'], {rule: 'trigger', message: '', at: 'key'})).line}`
    }
    read.definitions.push({file: name, source: text, definition: flow, place})
  }
  return read
}

/** Throws `INVALID_FILE` with a detail per problem when there is an error among them. */
export function refuseFlowProblems(problems: readonly Problem[]): void {
  const errors = problems.filter(({severity}) => severity === 'error')
  if (errors.length === 0) return
  const details = errors.map(({file, line, column, rule, message, hint}) => ({
    field: `${file}:${line}:${column}`,
    message: hint === undefined ? message : `${message} ${hint}`,
    rule,
  }))
  const files = new Set(errors.map(({file}) => file))
  const count = errors.length === 1 ? '1 problem' : `${errors.length} problems`
  throw new PytakeError('INVALID_FILE', `${[...files].join(', ')} ${files.size === 1 ? 'has' : 'have'} ${count}.`, {
    details,
  })
}
