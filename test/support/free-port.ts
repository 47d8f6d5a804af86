import {once} from 'node:events'
import {type AddressInfo, createServer} from 'node:net'

/** Ports below those the system hands out to outgoing connections, one of which would take it while a server is down. */
const FIRST = 12_000
const RANGES = 16
const PER_RANGE = 1250

/** Nobody holds a port while its server is down: files that run at once draw from ranges of their own. */
const first = FIRST + (Number(process.env.VITEST_POOL_ID ?? 0) % RANGES) * PER_RANGE
let next = Math.floor(Math.random() * PER_RANGE)

/** A port that was free just now, to be kept over restarts, and that this process was not given before. */
export async function freePort(): Promise<number> {
  for (;;) {
    const server = createServer().listen(first + (next++ % PER_RANGE), '127.0.0.1')
    try {
      await once(server, 'listening')
    } catch {
      continue
    }
    const {port} = server.address() as AddressInfo
    server.close()
    await once(server, 'close')
    return port
  }
}
