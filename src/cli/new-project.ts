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
  for (const template of templates)
    flows.push(await flowOfTemplate(call, {root, template, folder: join(folder, 'flows')}))
  const workflow = workflows[ci]
  return {
    name,
    flows,
    files: [
      {path: join(folder, 'pytake.yaml'), text: named(text('pytake.yaml'), name)},
      ...flows.flatMap(({files}) => files),
      {path: join(folder, 'campaigns', 'README.md'), text: text('campaigns.md')},
      {path: join(folder, 'campaigns', '.gitignore'), text: text('campaigns.gitignore')},
      ...(workflow === undefined
        ? []
        : [{path: join(folder, workflow), text: text(`${ci}.yml`).replace(/pytake@\S+/g, `pytake@${version}`)}]),
    ],
  }
}

const named = (text: string, name: string): string => text.replace(/^name: .*$/m, () => `name: ${JSON.stringify(name)}`)
