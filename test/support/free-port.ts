import {once} from 'node:events'
import {type AddressInfo, createServer} from 'node:net'

/**
 * A port that was free just now, to be kept over restarts. Below those the system hands out to outgoing connections,
 * one of which would take it while the server is down.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const server = createServer().listen(12_000 + Math.floor(Math.random() * 20_000), '127.0.0.1')
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
