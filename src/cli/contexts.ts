import {existsSync, readFileSync} from 'node:fs'
import {homedir} from 'node:os'
import {join} from 'node:path'
import {messageOf, notFound, PytakeError} from '../base/errors.ts'
import {isRecord} from '../base/json.ts'

type Env = Readonly<Record<string, string | undefined>>

export interface Remote {
  kind: 'remote'
  url: string
  /** Of a user or an API token; empty when signed out. */
  token: string
  /** Of a user who signed in: good once, for the next two. */
  refresh_token?: string
  /** Changes there want --confirm or a saved plan. */
  production?: boolean
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

/** Reads and writes the file while no other process does, so that none undoes what another wrote. */
async function change(env: Env, changed: (stored: Stored) => Stored | Promise<Stored>): Promise<void> {
  const {locked} = await import('./locked.ts')
  await locked(contextsFolder(env), `${FILE}.lock`, async () => {
    // The library that writes it takes no undefined.
    await write(env, JSON.parse(JSON.stringify(await changed(read(env)))) as Stored)
  })
}

/** For what would put a new session in the place of another one. */
export function refuseTakenContext(env: Env, name: string): void {
  const known = read(env).contexts[name]
  const isFree = known === undefined || (known.kind === 'remote' && known.token === '')
  if (name !== LOCAL && isFree) return
  throw new PytakeError(
    'CONFLICT',
    `Context "${name}" is there already, with tokens of its own. Nothing was changed.`,
    {
      help: 'Choose another name with --context-name.',
    },
  )
}

/** Adds a context or replaces the one of that name. */
export async function saveContext(env: Env, name: string, context: Remote | Folder): Promise<void> {
  if (name === LOCAL) throw new PytakeError('CONFLICT', '"local" is this machine; choose another name.')
  await change(env, (stored) => withContext(stored, name, context))
}

const withContext = (stored: Stored, name: string, context: Remote | Folder): Stored => ({
  ...stored,
  contexts: {...stored.contexts, [name]: context},
})

/**
 * Replaces the tokens of a context with what `renewed` makes of them, one process at a time: a refresh token is good once.
 * Returns the context as it is then. Undefined from `renewed` leaves it; so does a context that is gone meanwhile.
 */
export async function renewContext(
  env: Env,
  name: string,
  renewed: (context: Remote) => Promise<Remote | undefined>,
): Promise<Remote | undefined> {
  let result: Remote | undefined
  await change(env, async (stored) => {
    const context = stored.contexts[name]
    if (context?.kind !== 'remote') return stored
    const next = await renewed(context)
    result = next ?? context
    return next ? withContext(stored, name, next) : stored
  })
  return result
}

export async function removeContext(env: Env, name: string): Promise<void> {
  if (name === LOCAL) throw new PytakeError('CONFLICT', '"local" is this machine and stays.')
  await change(env, (stored) => {
    if (!Object.hasOwn(stored.contexts, name)) throw notFound(`Context "${name}"`, 'pytake context list')
    const contexts = Object.fromEntries(Object.entries(stored.contexts).filter(([key]) => key !== name))
    return {contexts, current: stored.current === name ? undefined : stored.current}
  })
}

export async function selectContext(env: Env, name: string): Promise<void> {
  getContext(env, name)
  await change(env, (stored) => ({...stored, current: name}))
}
