import {systemClock} from '../base/clock.ts'
import {login} from '../operations/auth.ts'
import type {Session} from '../operations/sign-in.ts'
import {remoteClient} from './remote.ts'

/** Signs in to a server that does not know us yet. */
export async function signInTo(url: string, who: {email: string; password: string}): Promise<Session> {
  const client = remoteClient({url, token: '', clock: systemClock})
  try {
    return await client.call(login, who)
  } finally {
    await client.close()
  }
}
