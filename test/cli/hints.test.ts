import {readdirSync, readFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect, test} from 'vitest'

const root = join(import.meta.dirname, '..', '..')
const read = (file: string) => readFileSync(join(root, file), 'utf8')
const under = (folder: string) =>
  readdirSync(join(root, folder), {recursive: true, encoding: 'utf8'})
    .filter((file) => /\.tsx?$/.test(file))
    .map((file) => join(folder, file))

const {commands} = JSON.parse(read('oclif.manifest.json')) as {
  commands: Record<string, {flags: Record<string, {allowNo?: boolean; aliases?: string[]}>}>
}
const names = Object.keys(commands).map((id) => id.replaceAll(':', ' '))

/** A command, or a noun that has some; `pytake command` is spoken of, and not typed. */
const isThere = (words: string[]) =>
  words.join(' ') === 'command' ||
  words.some((_, n) => names.includes(words.slice(0, n + 1).join(' '))) ||
  (words.length === 1 && names.some((name) => name.startsWith(`${words[0]} `)))

const files = [...under('src'), ...under('commands'), 'README.md', 'README.pt-BR.md', 'CONTRIBUTING.md']

test('whoever is told to type a command finds it there', () => {
  const told = files.flatMap((file) =>
    [...read(file).matchAll(/pytake ((?:[a-z]+(?:-[a-z]+)* ?){1,3})/g)].map(([, words = '']) => ({
      file,
      words: words.trim(),
    })),
  )
  expect(told.length).toBeGreaterThan(100)
  expect(told.filter(({words}) => !isThere(words.split(' ')))).toEqual([])
})

/** Flags of the command that a line begins with; undefined when it begins with none. */
function flagsOf(line: string): string[] | undefined {
  const name = names.filter((one) => line === one || line.startsWith(`${one} `)).sort((a, b) => b.length - a.length)[0]
  const flags = commands[name?.replaceAll(' ', ':') ?? '']?.flags
  const spellings = Object.entries(flags ?? {}).flatMap(([flag, {allowNo, aliases = []}]) => [
    ...[flag, ...aliases],
    ...(allowNo ? [`no-${flag}`] : []),
  ])
  return flags && spellings
}

test('whoever is told to use a flag finds it on that command', () => {
  const told = files.flatMap((file) =>
    [...read(file).matchAll(/pytake ([a-z][^\n'"`|;)]*)/g)].flatMap(([, line = '']) => {
      const known = flagsOf(line)
      if (!known) return []
      return [...line.matchAll(/--([a-z][a-z-]*)/g)].map(([, flag = '']) => ({file, line, flag, known}))
    }),
  )
  expect(told.length).toBeGreaterThan(30)
  const wrong = told.filter(({flag, known}) => ![...known, 'help', 'version'].includes(flag))
  expect(wrong.map(({file, line}) => `${file}: ${line}`)).toEqual([])
})
