import type {IncomingMessage} from 'node:http'
import {isIP, isIPv6} from 'node:net'
import {blockList} from './address.ts'

/** Is this address a proxy of ours, whose word about its own caller counts? */
export type Trusts = (address: string) => boolean

/** Who really called, and how, when proxies of ours stand in between. */
export interface Origin {
  address: string
  isHttps: boolean
}

/** From addresses and networks in CIDR form. */
export function trustIn(networks: readonly string[]): Trusts {
  if (networks.length === 0) return () => false
  const list = blockList(networks)
  return (address) => isIP(address) !== 0 && list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')
}

/**
 * What the HTTP framework works out for its requests, for a request that it does not see. From the socket backwards
 * through `X-Forwarded-For`, as long as the one who said it is trusted: anybody can write that header.
 */
export function originOf({socket, headers}: Pick<IncomingMessage, 'socket' | 'headers'>, trusts: Trusts): Origin {
  const remote = socket.remoteAddress ?? ''
  const chain = [remote, ...entries(headers['x-forwarded-for']).reverse()]
  const address = chain.find((one, index) => index === chain.length - 1 || !trusts(one)) ?? remote
  const told = trusts(remote) ? entries(headers['x-forwarded-proto']).at(-1) : undefined
  return {address, isHttps: (told ?? ('encrypted' in socket ? 'https' : 'http')) === 'https'}
}

const entries = (header: string | string[] | undefined): string[] =>
  [header]
    .flat()
    .join(',')
    .split(',')
    .map((entry) => entry.trim())
    .filter(Boolean)
