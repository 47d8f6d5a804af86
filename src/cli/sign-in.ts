import type {z} from 'zod'
import {systemClock} from '../base/clock.ts'
import {PytakeError} from '../base/errors.ts'
import {refresh} from '../operations/auth.ts'
import type {Operation} from '../operations/operation.ts'
import type {Session} from '../operations/sign-in.ts'
import {type Context, listContexts, type Remote, renewContext, saveContext, selectContext} from './contexts.ts'
import type {Io} from './io.ts'
import {isProduction as isProductionContext} from './production.ts'
import {remoteClient, type Renew} from './remote.ts'

/** Calls what a server answers to people it does not know yet. */
export async function callUnknown<I extends z.ZodType, O extends z.ZodType>(
  url: string,
  operation: Operation<I, O>,
  input: z.input<I>,
): Promise<z.output<O>> {
  const client = remoteClient({url, token: '', clock: systemClock})
  try {
    return await client.call(operation, input)
  } finally {
    await client.close()
  }
}

/** The server a command is to sign in to: the one told, else that of the context in use. */
export function serverOf(told: URL | undefined, context: Context): {url: string; name: string} | undefined {
  if (told) return {url: told.href.replace(/\/+$/, ''), name: told.host}
  return context.kind === 'remote' ? {url: context.url, name: context.name} : undefined
}

interface Kept {
  name: string
  url: string
  production?: boolean
}

/** Keeps a session as a context, and acts there from then on. What was production stays so. */
export async function keepSession({env}: Io, {name, url, production}: Kept, session: Session) {
  const known = listContexts(env).find((one) => one.name === name)
  const isProduction = production === true || (known !== undefined && isProductionContext(known))
  await saveContext(env, name, {...remoteOf(url, session), ...(isProduction ? {production: true} : {})})
  await selectContext(env, name)
  const {user, expires_in} = session
  return {context: name, url, email: user.email, name: user.name, role: user.role, expires_in}
}

const remoteOf = (url: string, {access_token: token, refresh_token}: Session): Remote => ({
  kind: 'remote',
  url,
  token,
  refresh_token,
})

/**
 * Makes new access tokens for a context by its refresh token. Many commands may want one at once: the first of them asks,
 * the others find what it got, because a refresh token that is used twice ends the session.
 */
export function renewal({env}: Pick<Io, 'env'>, name: string): Renew {
  return async (refused) => {
    const context = await renewContext(env, name, async (old) => {
      const {url, token, refresh_token} = old
      if (token !== refused || refresh_token === undefined) return undefined
      try {
        return {...old, ...remoteOf(url, await callUnknown(url, refresh, {refresh_token}))}
      } catch (error) {
        throw error instanceof PytakeError && error.code === 'UNAUTHORIZED' ? over(name) : error
      }
    })
    if (context === undefined || context.token === refused) return undefined
    return context.token === '' ? undefined : context.token
  }
}

const over = (name: string) =>
  new PytakeError('UNAUTHORIZED', `The session of context ${name} is over. Sign in again.`, {help: 'pytake login'})

/** Forgets the tokens of a context; where it leads to stays. */
export async function forgetSession({env}: Io, name: string): Promise<void> {
  await renewContext(env, name, (old) => Promise.resolve({...old, token: '', refresh_token: undefined}))
}
