import {readFileSync} from 'node:fs'
import {basename, join, resolve} from 'node:path'
import type {Client} from '../operations/client.ts'
import {flowOfTemplate, type MadeFlow} from './flow-templates.ts'
import type {Io} from './io.ts'
import type {NewFile} from './new-files.ts'

/** Where each service looks for what it is to run. */
export const workflows = {github: '.github/workflows/flows.yml', gitlab: '.gitlab-ci.yml', none: undefined} as const
export type Ci = keyof typeof workflows

export interface ProjectWish {
  /** Where the program lies, and its version, which the workflow installs. */
  root: string
  version: string
  /** Folder of the project, as people named it. */
  folder: string
  name?: string
  templates: readonly string[]
  ci: Ci
}

export interface NewProject {
  name: string
  files: NewFile[]
  flows: MadeFlow[]
}

/** The files of a new project: `pytake.yaml`, flows with their tests, a folder for campaigns, a workflow. */
export async function newProject(io: Io, call: Client['call'], wish: ProjectWish): Promise<NewProject> {
  const {root, version, folder, templates, ci} = wish
  const name = wish.name ?? basename(resolve(io.cwd, folder))
  const text = (file: string) => readFileSync(join(root, 'templates', 'project', file), 'utf8')
  const flows: MadeFlow[] = []
  const wanted = new Set(templates)
  // A flow that is jumped to comes along, and joins the end of what is gone through.
  for (const template of wanted) {
    const made = await flowOfTemplate(call, {root, template, folder: join(folder, 'flows')})
    flows.push(made)
    for (const other of made.flows) wanted.add(other)
  }
  const workflow = workflows[ci]
  return {
    name,
    flows,
    files: [
      {path: join(folder, 'pytake.yaml'), text: withValues(named(text('pytake.yaml'), name), flows)},
      ...flows.flatMap(({files}) => files),
      {path: join(folder, 'campaigns', 'README.md'), text: text('campaigns.md')},
      {path: join(folder, 'campaigns', '.gitignore'), text: text('campaigns.gitignore')},
      ...(workflow === undefined
        ? []
        : [{path: join(folder, workflow), text: text(`${ci}.yml`).replace(/pytake@\S+/g, `pytake@${version}`)}]),
    ],
  }
}

/** Values that would do for what the flows need, so that they pass lint from the first day. */
function withValues(text: string, flows: readonly MadeFlow[]): string {
  const lines = variablesOf(flows).map((name) => {
    const example = flows.map(({examples}) => examples[name]).find((value) => value !== undefined)
    return `  ${name}: ${JSON.stringify(example ?? '')} # exemplo: ponha o seu\n`
  })
  return text.replace(/^ {2}empresa: .*\n/m, (line) => line + lines.join(''))
}

/** What a project has to give besides its company's name. */
export const variablesOf = (flows: readonly MadeFlow[]): string[] =>
  [...new Set(flows.flatMap(({variables}) => variables))].filter((name) => name !== 'empresa').sort()

const named = (text: string, name: string): string => text.replace(/^name: .*$/m, () => `name: ${JSON.stringify(name)}`)
