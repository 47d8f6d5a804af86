import {readdir, readFile} from 'node:fs/promises'
import {join} from 'node:path'
import {z} from 'zod'
import {describeFlow, exampleValues, renamedFlow} from '../flow/template.ts'
import {localOperation, operation} from './operation.ts'

const MOST_TEMPLATES = 1000
const TextFile = z.strictObject({name: z.string().min(1).max(1000), text: z.string()})

const FlowTemplate = z.object({
  /** Its key: what `flow new --template` takes. */
  template: z.string(),
  name: z.string(),
  description: z.string(),
  trigger: z.string(),
  nodes: z.number(),
  /** Names of the values it needs, as `${var.NAME}`. */
  variables: z.array(z.string()),
  /** Names of the secrets it needs. */
  secrets: z.array(z.string()),
  /** Keys of the flows that it jumps to. */
  flows: z.array(z.string()),
})
export type FlowTemplate = z.output<typeof FlowTemplate>

/** Tells what flow files are about, and what they need that a project has to give. */
export const describeTemplates = localOperation({
  id: 'flows.templates',
  summary: 'Tell what templates of flows are about.',
  input: z.strictObject({files: z.array(TextFile).max(MOST_TEMPLATES)}),
  output: z.array(FlowTemplate),
  run: async (_context, {files}) => files.map(({name, text}) => describeFlow(text, name)),
})

/** The templates that came with the server, each with its text, ready to be sent back as a flow. */
export const listFlowTemplates = operation({
  id: 'flows.list_templates',
  method: 'GET',
  path: '/flows/templates',
  permission: 'flows:read',
  summary: 'List the templates of flows that come with the server, with their files.',
  input: z.strictObject({}),
  output: z.object({data: z.array(FlowTemplate.extend({text: z.string()}))}),
  status: 200,
  async run({templates}) {
    if (templates === undefined) return {data: []}
    const names = (await readdir(templates)).filter((file) => /(?<!\.test)\.yaml$/.test(file)).toSorted()
    const texts = await Promise.all(names.map((file) => readFile(join(templates, file), 'utf8')))
    return {data: texts.map((text, index) => ({...describeFlow(text, names[index] ?? ''), text}))}
  },
})

export const flowTemplateOperations = {listFlowTemplates}

/** Makes a flow, and the test beside it, of a template: the same under another key. */
export const newFlow = localOperation({
  id: 'flows.new',
  summary: 'Make a flow of a template.',
  input: z.strictObject({
    /** Key or name of the new flow. */
    name: z.string().trim().min(1).max(255),
    flow: z.string(),
    test: z.string().optional(),
  }),
  output: z.object({
    flow: z.string(),
    text: z.string(),
    test: z.string().optional(),
    /** Values of its variables that would do, from its test. */
    examples: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  }),
  run: async (_context, {name, flow, test}) => ({
    ...renamedFlow(name, flow, test),
    examples: test === undefined ? {} : exampleValues(test),
  }),
})
