import {lookup as resolve, type LookupAddress, type LookupOptions} from 'node:dns'
import type {Dispatcher} from 'undici'
import {mayReach, type Reach} from './address.ts'
import type {Wire} from './http-wire.ts'

/** Below what providers keep, so that we close an idle socket before they do. */
const IDLE_SOCKET_MS = 4_000
const CONNECT_MS = 10_000

/** `code` of the error when a name resolves to an address that may not be reached. */
export const BLOCKED = 'PYTAKE_BLOCKED'

type Lookup = (
  hostname: string,
  options: LookupOptions,
  callback: (error: Error | null, address: LookupAddress[] | string, family?: number) => void,
) => void

export interface AgentOptions {
  /** Most sockets per host. */
  connections: number
  /** A private certificate authority (PEM) that counts besides the public ones. */
  ca?: string
  /** Node's own client instead of undici, which takes ten times as long to load and is faster from then on. */
  light?: boolean
}

type Agent = Wire & {close(): Promise<void>}

/** Connection pools, one per reach, because a socket that one policy may use could be refused to another. */
export function createAgents(options: AgentOptions, given: Dispatcher | undefined) {
  const agents = new Map<Reach['kind'], Promise<Agent>>()
  const open = options.light ? openLight : openUndici

  return {
    async get(reach: Reach): Promise<Wire> {
      if (given) return given
      const agent = agents.get(reach.kind) ?? open(options, reach)
      agents.set(reach.kind, agent)
      return agent
    },
    async close() {
      await Promise.all([...agents.values()].map(async (agent) => (await agent).close()))
      agents.clear()
    },
  }
}

async function openUndici({connections, ca}: AgentOptions, reach: Reach): Promise<Agent> {
  const {Agent} = await import('undici')
  return new Agent({
    connections,
    pipelining: 1,
    keepAliveTimeout: IDLE_SOCKET_MS,
    keepAliveMaxTimeout: IDLE_SOCKET_MS,
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: {timeout: CONNECT_MS, lookup: guardedLookup(reach), ...(await authorities(ca))},
  })
}

async function openLight({connections, ca}: AgentOptions, reach: Reach): Promise<Agent> {
  const {createLightWire} = await import('./http-light.ts')
  return createLightWire({
    connections,
    idleMs: IDLE_SOCKET_MS,
    connectMs: CONNECT_MS,
    lookup: guardedLookup(reach),
    ...(await authorities(ca)),
  })
}

const authorities = async (ca: string | undefined) =>
  ca === undefined ? {} : {ca: [...(await import('node:tls')).rootCertificates, ca]}

/** Resolves a name and fails when ANY of its addresses is out of reach; what was checked is what gets connected to. */
export function guardedLookup(reach: Reach): Lookup {
  return (hostname, options, callback) => {
    resolve(hostname, {...options, all: true}, (error, addresses) => {
      if (error) return callback(error, [])
      if (!addresses.every(({address}) => mayReach(address, reach))) {
        // Which address it is stays untold: whoever may name hosts would learn how the network inside is made.
        const problem = new Error(`${hostname} leads to what is not a public address.`)
        return callback(Object.assign(problem, {code: BLOCKED}), [])
      }
      if (options.all) return callback(null, addresses)
      const first = addresses[0]
      return callback(null, first?.address ?? '', first?.family)
    })
  }
}
