import {existsSync, readFileSync} from 'node:fs'
import {homedir} from 'node:os'
import {join} from 'node:path'
import {messageOf, notFound, PytakeError} from '../base/errors.ts'
import {isRecord} from '../base/json.ts'

type Env = Readonly<Record<string, string | undefined>>

export interface Remote {
  kind: 'remote'
  url: string
  token: string
}

/** The data of a demo that is running, gone with its process. */
export interface Folder {
  kind: 'folder'
  home: string
  pid: number
}

/** Where commands act. */
export type Context = {name: string} & ({kind: 'local'} | Remote | Folder)

export const LOCAL = 'local'
const FILE = 'contexts'

interface Stored {
  current?: string
  contexts: Record<string, Remote | Folder>
}

/** The folder of the contexts file. With PYTAKE_HOME everything of that installation is in it, contexts too. */
export function contextsFolder(env: Env): string {
  if (env.PYTAKE_HOME) return env.PYTAKE_HOME
  return join(env.XDG_CONFIG_HOME ?? join(env.HOME ?? homedir(), '.config'), 'pytake')
}

/** Read by hand: every command needs this, and the library that writes it takes as long to load as the rest. */
function read(env: Env): Stored {
  const path = join(contextsFolder(env), `${FILE}.json`)
  if (!existsSync(path)) return {contexts: {}}
  try {
    const content: unknown = JSON.parse(readFileSync(path, 'utf8'))
    if (isRecord(content)) return {contexts: {}, ...content}
  } catch (error) {
    throw new PytakeError('INVALID_FILE', `${path} cannot be read: ${messageOf(error)}`)
  }
  throw new PytakeError('INVALID_FILE', `${path} is not a contexts file.`)
}

async function write(env: Env, stored: Stored): Promise<void> {
  const {default: Conf} = await import('conf')
  const file = new Conf<Stored>({
    cwd: contextsFolder(env),
    configName: FILE,
    projectName: 'pytake',
    configFileMode: 0o600,
    accessPropertiesByDotNotation: false,
  })
  file.store = stored
}

const isAlive = (context: Remote | Folder): boolean => {
  if (context.kind === 'remote') return true
  try {
    return process.kill(context.pid, 0)
  } catch {
    return false
  }
}

/** Every context there is, `local` first; a demo's only while it runs. */
export function listContexts(env: Env): Context[] {
  const {contexts} = read(env)
  const others = Object.entries(contexts)
    .filter(([, context]) => isAlive(context))
    .map(([name, context]): Context => ({name, ...context}))
  return [{kind: 'local', name: LOCAL}, ...others]
}

export function getContext(env: Env, name: string): Context {
  const context = listContexts(env).find((one) => one.name === name)
  if (!context) throw notFound(`Context "${name}"`, 'pytake context list')
  return context
}

/** The context in use when nothing says otherwise: the one chosen, else a running demo's, else `local`. */
export function currentContext(env: Env): Context {
  const {current} = read(env)
  if (current !== undefined) return getContext(env, current)
  return listContexts(env).find((context) => context.kind === 'folder') ?? {kind: 'local', name: LOCAL}
}

/** Adds a context or replaces the one of that name. */
export async function saveContext(env: Env, name: string, context: Remote | Folder): Promise<void> {
  if (name === LOCAL) throw new PytakeError('CONFLICT', '"local" is this machine; choose another name.')
  const stored = read(env)
  await write(env, {...stored, contexts: {...stored.contexts, [name]: context}})
}

export async function removeContext(env: Env, name: string): Promise<void> {
  const stored = read(env)
  if (name === LOCAL) throw new PytakeError('CONFLICT', '"local" is this machine and stays.')
  if (!Object.hasOwn(stored.contexts, name)) throw notFound(`Context "${name}"`, 'pytake context list')
  const contexts = Object.fromEntries(Object.entries(stored.contexts).filter(([key]) => key !== name))
  const kept: Stored = {contexts, ...(stored.current === name ? {} : {current: stored.current})}
  await write(env, JSON.parse(JSON.stringify(kept)) as Stored)
}

export async function selectContext(env: Env, name: string): Promise<void> {
  getContext(env, name)
  await write(env, {...read(env), current: name})
}
