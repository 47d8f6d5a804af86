import type {AddressInfo} from 'node:net'
import type {SecureContextOptions} from 'node:tls'
import type {FastifyInstance} from 'fastify'
import {PytakeError} from '../base/errors.ts'

export interface ListenOptions {
  host: string
  port: number
}

/**
 * Connections that wait to be accepted, as far as the system allows. A thousand at once overran Node's 511: the rest were
 * dropped, and tried again a second or many later, or reset.
 */
const BACKLOG = 4096

/** Listens, and returns the address to call. Throws one sentence when it cannot. */
export async function listen(app: FastifyInstance, {host, port}: ListenOptions): Promise<string> {
  try {
    await app.listen({host, port, backlog: BACKLOG})
  } catch (error) {
    throw listenError(error, {host, port})
  }
  const {port: at} = app.server.address() as AddressInfo
  const scheme = isTls(app.server) ? 'https' : 'http'
  return `${scheme}://${host.includes(':') ? `[${host}]` : host}:${at}`
}

/** What a TLS server has and a plain one has not. */
interface TlsServer {
  setSecureContext(options: SecureContextOptions): void
}

export const isTls = (server: object): server is TlsServer => 'setSecureContext' in server

const onLoopback = 'pytake serve --host 127.0.0.1 --port 8080'

function listenError(error: unknown, {host, port}: ListenOptions): unknown {
  const refuse = (words: string, help: string) => new PytakeError('INTERNAL', words, {help})
  switch ((error as NodeJS.ErrnoException).code) {
    case 'EADDRINUSE':
      return refuse(`Port ${port} on ${host} is taken by another program.`, 'pytake serve --port N')
    case 'EACCES':
      return refuse(`Port ${port} may not be used by this user of the system.`, 'pytake serve --port 8080')
    case 'EADDRNOTAVAIL':
      return refuse(`${host} is no address of this machine.`, onLoopback)
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return refuse(`${host} is no address, and no name that leads to one.`, onLoopback)
    default:
      return error
  }
}
