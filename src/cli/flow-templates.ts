import {existsSync, readFileSync} from 'node:fs'
import {join} from 'node:path'
import {notFound} from '../base/errors.ts'
import {nearest} from '../base/nearest.ts'
import type {Client} from '../operations/client.ts'
import {describeTemplates, type FlowTemplate, newFlow} from '../operations/flow-templates.ts'
import {flowFilesIn, type TextFile} from './files.ts'
import type {NewFile} from './new-files.ts'
import type {Columns} from './output.ts'

export const FIRST_TEMPLATE = 'boas-vindas'

export const templateColumns: Columns<FlowTemplate> = {
  template: ({template}) => template,
  nodes: ({nodes}) => nodes,
  needs: needsOf,
  description: ({description}) => description,
}

function needsOf({variables, secrets, flows}: FlowTemplate): string {
  const kinds = {var: variables, secret: secrets, flow: flows}
  return Object.entries(kinds)
    .flatMap(([kind, names]) => names.map((name) => `${kind}.${name}`))
    .join(' ')
}

/** The folder of flows that come with the program; `root` is where the program lies. */
const folderOf = (root: string) => join(root, 'templates', 'flows')

const readTemplates = (root: string): TextFile[] =>
  flowFilesIn(folderOf(root), folderOf(root), false).map((name) => ({name, text: readFileSync(name, 'utf8')}))

/** Every template there is. */
export const listTemplates = (root: string, call: Client['call']): Promise<FlowTemplate[]> =>
  call(describeTemplates, {files: readTemplates(root)})

/** What `flow new` makes of a template: the files, and what they need of the project. */
export interface MadeFlow extends Pick<FlowTemplate, 'variables' | 'secrets' | 'flows'> {
  flow: string
  /** Values of its variables that would do. */
  examples: Readonly<Record<string, string | number | boolean>>
  files: NewFile[]
}

interface Wanted {
  root: string
  template: string
  /** Key or name; the template's own key when absent. */
  name?: string
  /** Where the files go. */
  folder: string
}

export async function flowOfTemplate(call: Client['call'], {root, template, name, folder}: Wanted): Promise<MadeFlow> {
  const files = readTemplates(root)
  const known = await call(describeTemplates, {files})
  const found = known.findIndex((one) => one.template === template)
  const [file, about] = [files[found], known[found]]
  if (!file || !about) {
    const near = nearest(
      template,
      known.map((one) => one.template),
    )
    throw notFound(
      `Template "${template}"`,
      near === undefined ? 'pytake flow templates' : `Did you mean "${near}"? See them all: pytake flow templates`,
    )
  }
  const beside = file.name.replace(/\.yaml$/, '.test.yaml')
  const test = existsSync(beside) ? readFileSync(beside, 'utf8') : undefined
  const made = await call(newFlow, {name: name ?? template, flow: file.text, test})
  const path = join(folder, made.flow)
  return {
    flow: made.flow,
    variables: about.variables,
    secrets: about.secrets,
    flows: about.flows,
    examples: made.examples,
    files: [
      {path: `${path}.yaml`, text: made.text},
      ...(made.test === undefined ? [] : [{path: `${path}.test.yaml`, text: made.test}]),
    ],
  }
}
