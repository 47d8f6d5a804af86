import {existsSync, readFileSync} from 'node:fs'
import {createRequire} from 'node:module'
import {join} from 'node:path'
import type {Command} from '@oclif/core/command'
import type {Plugin} from '@oclif/core/interfaces'

/** A command that has a file of its own, and the words after its name. */
export interface KnownCommand {
  id: string
  file: string
  argv: string[]
}

/** The command that is asked for, when it has a file and is to run; help is oclif's work. */
export function knownCommand(argv: readonly string[], root: string): KnownCommand | undefined {
  const end = argv.indexOf('--')
  if ((end === -1 ? argv : argv.slice(0, end)).some((word) => word === '--help' || word === '-h')) return undefined
  const first = argv.findIndex((word) => !/^[a-z]+(?:-[a-z]+)*$/.test(word))
  for (let count = first === -1 ? argv.length : first; count > 0; count--) {
    const name = argv.slice(0, count)
    const file = `${join(root, 'dist', 'commands', ...name)}.js`
    if (existsSync(file)) return {id: name.join(':'), file, argv: argv.slice(count)}
  }
  return undefined
}

/**
 * Runs a command without looking for others: reading every plugin and the manifest to find what is known already would be
 * a tenth of the time that a small command takes.
 */
export async function runKnown({id, file, argv}: KnownCommand, root: string): Promise<void> {
  const plugin = pluginOf(root)
  const command = createRequire(file)(file) as Command.Class
  command.id = id
  command.plugin = plugin
  await command.run(argv, {root, plugins: new Map([[plugin.name, plugin]])})
}

/** This package as oclif knows it, with no commands to choose from. */
function pluginOf(root: string): Plugin {
  const pjson = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Plugin['pjson']
  const {name, version} = pjson
  const itself = {
    name,
    alias: name,
    version,
    root,
    pjson,
    options: {root},
    type: 'core',
    isRoot: true,
    valid: true,
  } as const
  return {
    ...itself,
    _base: name,
    moduleType: 'module',
    hasManifest: false,
    commandsDir: undefined,
    commandIDs: [],
    commands: [],
    topics: [],
    hooks: {},
    load: () => Promise.resolve(),
    findCommand: (id: string) => Promise.reject(new Error(`${id} is not loaded.`)),
  }
}
