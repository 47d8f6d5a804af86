import {createServer, type IncomingMessage, type ServerResponse} from 'node:http'
import {createServer as createTcpServer, type AddressInfo, type Server, type Socket} from 'node:net'

export interface LocalServer extends AsyncDisposable {
  port: number
  url: string
  /** Sockets accepted so far. */
  connections(): number
}

async function listen(server: Server, close: () => void): Promise<LocalServer> {
  let connections = 0
  server.on('connection', () => connections++)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const {port} = server.address() as AddressInfo
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    connections: () => connections,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve))
      close()
      await closed
    },
  }
}

/** An HTTP server on the loopback address, gone at the end of the scope. */
export async function serve(handle: (request: IncomingMessage, response: ServerResponse) => void) {
  const server = createServer(handle)
  return listen(server, () => server.closeAllConnections())
}

/** A server that talks in bytes, for everything that is no proper HTTP. */
export async function serveBytes(handle: (socket: Socket) => void) {
  const sockets = new Set<Socket>()
  const server = createTcpServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    handle(socket)
  })
  return listen(server, () => sockets.forEach((socket) => socket.destroy()))
}
