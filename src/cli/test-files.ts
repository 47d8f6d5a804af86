import {existsSync} from 'node:fs'
import {dirname, join, relative, resolve} from 'node:path'
import {PytakeError} from '../base/errors.ts'
import {isFolder, listed, matching, readText, type TextFile} from './files.ts'
import type {Io} from './io.ts'
import {findProject} from './project.ts'

const testFile = /\.test\.(ya?ml|json)$/i
const flowFile = /\.(ya?ml|json)$/i
const skipped = /(^|[/\\])(node_modules|\.git)([/\\]|$)/

/** Test files, and every flow file beside them. */
export interface FoundTests {
  tests: (TextFile & {transcript?: string})[]
  flows: TextFile[]
  /** Names of the flow files that were asked about themselves, by their folder or a pattern: they count without a test too. */
  covered: string[]
  folders: string[]
}

/** Where the golden transcript of a test file lies. */
export const transcriptPath = (test: string): string => test.replace(testFile, '.transcript.txt')

/**
 * Finds test files: those named, those of folders and patterns, those beside flow files that are named; without any
 * name those of the project, or of `flows/`. Throws `BAD_REQUEST` when there is none.
 */
export async function findTests(io: Io, names: readonly string[]): Promise<FoundTests> {
  const asked = names.length > 0 ? names : [await usualFolder(io)]
  const paths = new Map<string, string>()
  for (const name of asked) for (const one of testsOf(io, name)) paths.set(resolve(io.cwd, one), one)
  const named = asked.filter((name) => isFolder(io, name))
  const folders = [...new Set([...named, ...[...paths.values()].map((path) => dirname(path))])]
  const flows = new Map<string, string>()
  for (const folder of folders) {
    const deep = named.includes(folder)
    const found = listed(
      {folder: resolve(io.cwd, folder), shown: folder, below: true},
      (file) => isFlow(file) && (deep || dirname(file) === normal(folder)),
    )
    for (const file of found) flows.set(resolve(io.cwd, file), file)
  }
  const covered = new Set<string>()
  for (const file of asked.flatMap((name) => flowsOf(io, name))) {
    const path = resolve(io.cwd, file)
    flows.set(path, flows.get(path) ?? file)
    covered.add(flows.get(path) ?? file)
  }
  return {
    covered: [...covered].sort(),
    tests: [...paths.values()].sort().map((name) => withTranscript(io, name)),
    flows: [...flows.values()].sort().map((name) => ({name, text: readText(io, name)})),
    folders: [...new Set([...paths.keys(), ...flows.keys()].map((path) => dirname(path)))],
  }
}

const normal = (folder: string) => join(folder, '.')
const isFlow = (file: string) => flowFile.test(file) && !testFile.test(file) && !skipped.test(file)
/** Flow files of a folder or a pattern; of a single file its test says which they are. */
function flowsOf(io: Io, name: string): string[] {
  if (isFolder(io, name)) return listed({folder: resolve(io.cwd, name), shown: name, below: true}, isFlow)
  return /[*?]/.test(name) ? matching(io, name).filter(isFlow) : []
}

async function usualFolder(io: Io): Promise<string> {
  const project = await findProject(io.cwd)
  const root = project ? dirname(project.path) : io.cwd
  const flows = join(root, 'flows')
  if (existsSync(flows)) return relative(io.cwd, flows) || '.'
  if (project) return relative(io.cwd, root) || '.'
  throw new PytakeError('BAD_REQUEST', 'There is no folder flows/ here, and no project (pytake.yaml).', {
    help: 'Name what to test: pytake flow test path/to/flows',
  })
}

function testsOf(io: Io, name: string): string[] {
  const none = (message: string) =>
    new PytakeError('BAD_REQUEST', message, {help: 'A test stands beside its flow: menu.test.yaml for menu.yaml.'})
  if (isFolder(io, name) || /[*?]/.test(name)) {
    const wanted = (file: string) => testFile.test(file) && !skipped.test(file)
    const found = isFolder(io, name)
      ? listed({folder: resolve(io.cwd, name), shown: name, below: true}, wanted)
      : matching(io, name).filter(wanted)
    if (found.length === 0) throw none(`${name}: there is no test file (*.test.yaml).`)
    return found
  }
  if (testFile.test(name)) return [name]
  const beside = ['yaml', 'yml', 'json'].map((end) => name.replace(flowFile, `.test.${end}`))
  const found = beside.find((path) => path !== name && existsSync(resolve(io.cwd, path)))
  if (found === undefined) throw none(`${name} has no test beside it.`)
  return [found]
}

function withTranscript(io: Io, name: string): TextFile & {transcript?: string} {
  const text = readText(io, name)
  const path = transcriptPath(name)
  return existsSync(resolve(io.cwd, path)) ? {name, text, transcript: readText(io, path)} : {name, text}
}
