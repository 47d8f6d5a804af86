import {Pool} from 'undici'

/** Carries webhooks. Answers the HTTP status, or 0 when there was no answer at all. */
export interface Postman {
  post(url: string, headers: Record<string, string>, body: string): Promise<number>
  get(url: string): Promise<{status: number; body: string}>
  close(): Promise<void>
}

const CONNECTIONS = 16
const TIMEOUT_MS = 30_000

/** One keep-alive pool per receiver. */
export function createPostman(): Postman {
  const pools = new Map<string, Pool>()
  const poolOf = (url: URL) => {
    let pool = pools.get(url.origin)
    if (!pool) {
      pool = new Pool(url.origin, {connections: CONNECTIONS, headersTimeout: TIMEOUT_MS, bodyTimeout: TIMEOUT_MS})
      pools.set(url.origin, pool)
    }
    return pool
  }
  return {
    async post(address, headers, body) {
      try {
        const url = new URL(address)
        const answer = await poolOf(url).request({method: 'POST', path: url.pathname + url.search, headers, body})
        await answer.body.dump()
        return answer.statusCode
      } catch {
        return 0
      }
    },
    async get(address) {
      try {
        const url = new URL(address)
        const answer = await poolOf(url).request({method: 'GET', path: url.pathname + url.search})
        return {status: answer.statusCode, body: await answer.body.text()}
      } catch {
        return {status: 0, body: ''}
      }
    },
    async close() {
      await Promise.all([...pools.values()].map((pool) => pool.destroy()))
    },
  }
}
