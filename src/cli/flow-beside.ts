import {existsSync} from 'node:fs'
import {dirname, join, relative, resolve} from 'node:path'
import {flowFilesIn, readText, type TextFile} from './files.ts'
import type {Io} from './io.ts'

/** A flow file, the other flows of its folder, and its test where there is one. */
export interface FlowWithOthers {
  flows: TextFile[]
  tests: TextFile[]
}

/** Reads one flow with what lies beside it: flows it may jump to, and its test. */
export function flowWithOthers(io: Io, file: string): FlowWithOthers {
  const own = {name: file, text: readText(io, file)}
  const folder = dirname(file)
  const path = resolve(io.cwd, file)
  const others = flowFilesIn(resolve(io.cwd, folder), folder, false)
    .map((name) => relative(io.cwd, resolve(io.cwd, name)))
    .filter((name) => resolve(io.cwd, name) !== path)
  const beside = ['yaml', 'yml', 'json']
    .map((end) =>
      join(folder, file.slice(folder === '.' ? 0 : folder.length + 1).replace(/\.(ya?ml|json)$/i, `.test.${end}`)),
    )
    .filter((name) => resolve(io.cwd, name) !== path && existsSync(resolve(io.cwd, name)))
  return {
    flows: [own, ...others.map((name) => ({name, text: readText(io, name)}))],
    tests: beside.slice(0, 1).map((name) => ({name, text: readText(io, name)})),
  }
}
