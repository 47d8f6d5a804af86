import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {fileURLToPath} from 'node:url'

/** Who can sign in at the provider: what it says of them, by the login they type. */
export const people = {
  ana: {email: 'Ana@Example.com', email_verified: true, name: 'Ana Lima'},
  unverified: {email: 'ana@example.com', email_verified: false, name: 'Not Ana'},
  nameless: {name: 'No Address'},
  stranger: {email: 'stranger@example.com', email_verified: true, name: 'A Stranger'},
  gone: {email: 'gone@example.com', email_verified: true, name: 'Gone'},
  guest: {email: 'guest@example.com', email_verified: true, name: 'Guest Who Is Invited'},
  elsewhere: {email: 'ana@elsewhere.example', email_verified: true, name: 'Ana Elsewhere'},
}
export type Login = keyof typeof people

export const CLIENT_ID = 'pytake'
export const CLIENT_SECRET = 'client-secret-of-the-test'

/** Starts a real provider, in a process of its own, on a port that is free. */
export async function startIdentityProvider(port: number, redirectUri: string): Promise<{stop(): Promise<void>}> {
  const script = fileURLToPath(new URL('oidc-provider.mjs', import.meta.url))
  const given = JSON.stringify({clientId: CLIENT_ID, clientSecret: CLIENT_SECRET, redirectUri, people})
  const child = spawn(process.execPath, [script, String(port), given], {stdio: ['ignore', 'pipe', 'ignore']})
  await Promise.race([
    once(child.stdout, 'data'),
    once(child, 'exit').then(() => Promise.reject(new Error('The provider did not start.'))),
  ])
  return {
    async stop() {
      child.kill()
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    },
  }
}

interface Seen {
  url: string
  status: number
  headers: Headers
  text: string
}

/** As much of a browser as signing in takes: cookies by host, redirects, and two forms that are filled in. */
export class Browser {
  readonly cookies = new Map<string, Map<string, string>>()

  /** Follows redirects, signs in as `login` where the provider asks, and stops before an address that begins with `until`. */
  async go(address: string, {login, until}: {login: Login; until?: string}): Promise<Seen> {
    let url = address
    let form: Record<string, string> | undefined
    for (let steps = 0; steps < 30; steps++) {
      if (until !== undefined && url.startsWith(until)) return {url, status: 0, headers: new Headers(), text: ''}
      const seen = await this.#ask(url, form)
      form = undefined
      const location = seen.headers.get('location')
      const prompt = /name="prompt" value="(\w+)"/.exec(seen.text)?.[1]
      if (location !== null) url = new URL(location, url).href
      else if (prompt === undefined) return seen
      else form = prompt === 'login' ? {prompt, login, password: 'anything'} : {prompt}
    }
    throw new Error('It redirects without end.')
  }

  async #ask(url: string, form: Record<string, string> | undefined): Promise<Seen> {
    const {host} = new URL(url)
    const jar = this.cookies.get(host) ?? new Map<string, string>()
    this.cookies.set(host, jar)
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
    const response = await fetch(url, {
      method: form ? 'POST' : 'GET',
      headers: cookie === '' ? {} : {cookie},
      body: form && new URLSearchParams(form),
      redirect: 'manual',
    })
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (value === '') jar.delete(name)
      else jar.set(name, value)
    }
    return {url, status: response.status, headers: response.headers, text: await response.text()}
  }
}
