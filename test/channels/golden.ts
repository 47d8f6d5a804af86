import {existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'vitest'

const fixtures = join(import.meta.dirname, '..', 'fixtures')

/** Names of a folder of webhook bodies, without `.json`. */
export const namesOf = (folder: string): string[] =>
  readdirSync(join(fixtures, folder))
    .filter((file) => file.endsWith('.json'))
    .map((file) => file.slice(0, -'.json'.length))

export const bytesOf = (folder: string, name: string): Buffer => readFileSync(join(fixtures, folder, `${name}.json`))

export const bodyOf = (folder: string, name: string): unknown => JSON.parse(bytesOf(folder, name).toString('utf8'))

/** Compares with the golden file; `UPDATE_GOLDEN=1` writes it instead. */
export function expectGolden(channel: string, name: string, events: unknown) {
  const folder = join(fixtures, 'channels', channel)
  const file = join(folder, `${name}.events.json`)
  const plain: unknown = JSON.parse(JSON.stringify(events))
  if (process.env.UPDATE_GOLDEN === '1' || !existsSync(file)) {
    expect(process.env.UPDATE_GOLDEN, `${file} is missing; run with UPDATE_GOLDEN=1 and read what it writes`).toBe('1')
    mkdirSync(folder, {recursive: true})
    writeFileSync(file, `${JSON.stringify(plain, null, 2)}\n`)
  }
  expect(plain).toEqual(JSON.parse(readFileSync(file, 'utf8')))
}
