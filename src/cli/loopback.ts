import {createServer, type ServerResponse} from 'node:http'
import type {AddressInfo} from 'node:net'

/** A page on this machine that a browser is sent to when it is done somewhere else (RFC 8252). */
export interface Loopback extends AsyncDisposable {
  /** Where to send it. */
  url: string
  /** What it brought along: the query of the first visit that knew `state`. */
  visited: Promise<URLSearchParams>
}

const PATH = '/signed-in'

/** Listens on a free port of the loopback address. A visit that does not know `state` is somebody else's, and not counted. */
export async function openLoopback(state: string): Promise<Loopback> {
  let arrive: (query: URLSearchParams) => void
  const visited = new Promise<URLSearchParams>((resolve) => (arrive = resolve))
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1')
    if (request.method !== 'GET' || url.pathname !== PATH) return page(response, 404, 'There is nothing here.')
    if (url.searchParams.get('state') !== state) return page(response, 400, 'This is not the sign-in that was begun.')
    // Told when the page has left: all connections are closed next, those that a browser keeps open too.
    response.on('finish', () => arrive(url.searchParams))
    page(response, 200, 'PyTake: the terminal goes on from here. This page can be closed.')
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const {port} = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}${PATH}`,
    visited,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}

function page(response: ServerResponse, status: number, words: string): void {
  response
    .writeHead(status, {
      'content-type': 'text/plain; charset=utf-8',
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      connection: 'close',
    })
    .end(`${words}\n`)
}
