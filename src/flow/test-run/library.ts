import {didYouMean} from '../../base/nearest.ts'
import {compile, hash, type CompiledFlow} from '../compile.ts'
import {loadFlow, type LoadedFlow} from '../definition.ts'
import type {Json} from '../session.ts'
import type {NodeDefinition} from '../shape.ts'

export interface TextFile {
  name: string
  text: string
}

/** A flow file with the values of its variables in place. */
export interface FlowFile {
  file: string
  text: string
  loaded: LoadedFlow
  compiled?: CompiledFlow
}

export interface Library {
  /** A flow by its key, or by the path of its file; the nearest to the test file where several have it. */
  find(reference: string, test: string): FlowFile | undefined
  /** The flows that a flow jumps to, and they in turn, itself first. */
  closure(flow: FlowFile, test: string): FlowFile[]
  /** For a reference that leads nowhere. */
  hint(reference: string): string | undefined
}

export interface Libraries {
  with(variables: Readonly<Record<string, Json>>): Library
}

/** Flow files, each read once for each set of variables and only when somebody asks for it. */
export function createLibraries(files: readonly TextFile[]): Libraries {
  const made = new Map<string, Library>()
  return {
    with(variables) {
      const key = JSON.stringify(Object.entries(variables).sort(([a], [b]) => (a < b ? -1 : 1)))
      const library = made.get(key) ?? createLibrary(files, variables)
      made.set(key, library)
      return library
    },
  }
}

const folderOf = (file: string) => file.replace(/[^/\\]*$/, '')
const baseOf = (file: string) => file.replace(/^.*[/\\]/, '')

function createLibrary(files: readonly TextFile[], variables: Readonly<Record<string, Json>>): Library {
  const read = new Map<string, FlowFile>()
  const load = ({name, text}: TextFile): FlowFile => {
    const known = read.get(name)
    if (known) return known
    const loaded = loadFlow(text, name, {variables})
    const file: FlowFile = {file: name, text, loaded}
    if (loaded.flow) file.compiled = compile(loaded.flow, hash(loaded.flow))
    read.set(name, file)
    return file
  }
  const find = (reference: string, test: string): FlowFile | undefined => {
    if (/[/\\]|\.(ya?ml|json)$/i.test(reference)) {
      const path = normal(`${folderOf(test)}${reference}`)
      const file = files.find(({name}) => normal(name) === path)
      return file && load(file)
    }
    // A flow stands most often in the file of its name, so that the others need not be read.
    const near = (name: string) =>
      Number(folderOf(name) === folderOf(test)) * 2 + Number(baseOf(name).startsWith(`${reference}.`))
    const ordered = [...files].sort((a, b) => near(b.name) - near(a.name))
    for (const file of ordered) if (keyOf(load(file)) === reference) return load(file)
    return undefined
  }
  return {
    find,
    closure(flow, test) {
      const found = new Set([flow])
      for (const one of found) {
        for (const target of jumpsOf(one.loaded.flow?.nodes ?? [])) {
          const next = find(target, test)
          if (next) found.add(next)
        }
      }
      return [...found]
    },
    hint: (reference) =>
      didYouMean(
        reference,
        files.map(load).flatMap((file) => keyOf(file) ?? []),
      ),
  }
}

/** The key, also of a flow that has mistakes: what is wrong with it is told then, not that it is missing. */
const keyOf = ({loaded, text}: FlowFile): string | undefined =>
  loaded.flow?.flow ?? /^\s*(?:["']?flow["']?)\s*:\s*["']?([a-z0-9-]{1,64})["']?\s*,?\s*(?:#.*)?$/m.exec(text)?.[1]

const jumpsOf = (nodes: readonly NodeDefinition[]): string[] =>
  nodes.flatMap(({type, data}) => (type === 'jump' ? [(data as {flow: string}).flow] : []))

/** A path without `.` and `..` in it. */
function normal(path: string): string {
  const parts: string[] = []
  for (const part of path.split(/[/\\]/)) {
    if (part === '..' && parts.length > 0 && parts.at(-1) !== '..') parts.pop()
    else if (part !== '.' && part !== '') parts.push(part)
  }
  return parts.join('/')
}
