import type {Client} from '../operations/client.ts'
import {type Context, currentContext, getContext, type Remote} from './contexts.ts'
import type {Io} from './io.ts'
import {findProject} from './project.ts'

export interface Wanted {
  /** `--context` */
  context?: string
  /** `--tenant` */
  tenant?: string
}

export interface Where {
  context: Context
  tenant?: string
}

/** Where a command acts: flag, then environment, then project file, then the current context. */
export async function whereToAct(io: Io, wanted: Wanted): Promise<Where> {
  const project = await findProject(io.cwd)
  const name = wanted.context ?? (io.env.PYTAKE_CONTEXT || project?.context)
  const context = name === undefined ? currentContext(io.env) : getContext(io.env, name)
  const tenant = project?.contexts?.[context.name]?.tenant ?? project?.tenant
  return {context, tenant: wanted.tenant ?? (io.env.PYTAKE_TENANT || tenant)}
}

/** The client for a place. What each kind needs is loaded when it is chosen. */
export async function openClient(io: Io, {context, tenant}: Where): Promise<Client> {
  if (context.kind === 'remote') {
    const [{remoteClient}, {systemClock}] = await Promise.all([import('./remote.ts'), import('../base/clock.ts')])
    return remoteClient({...accessTo(io, context), tenant, clock: systemClock})
  }
  return openLocalClient(io, {context, tenant})
}

/** What a server of a context is asked with. Signing in again is loaded when it is needed. */
export const accessTo = (io: Io, {name, url, token, refresh_token}: Remote & {name: string}) => ({
  url,
  token,
  ...(refresh_token === undefined
    ? {}
    : {renew: async (refused: string) => (await import('./sign-in.ts')).renewal(io, name)(refused)}),
})

/** The client on this machine's data; refuses a remote context. */
export async function openLocalClient(io: Io, {context, tenant}: Where) {
  const [{openLocal}, {parseConfig}, {PytakeError}] = await Promise.all([
    import('../operations/local.ts'),
    import('../base/config.ts'),
    import('../base/errors.ts'),
  ])
  if (context.kind === 'remote') {
    throw new PytakeError(
      'BAD_REQUEST',
      `This runs on the machine that holds the data, not on context ${context.name}.`,
      {
        help: 'Add --context local, in a shell of the server.',
      },
    )
  }
  const env = context.kind === 'folder' ? {...io.env, PYTAKE_HOME: context.home, DATABASE_URL: ''} : io.env
  return openLocal({config: parseConfig(env), osUser: io.osUser, tenant, env})
}
