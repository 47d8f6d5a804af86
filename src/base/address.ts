import {BlockList, isIP, isIPv6} from 'node:net'

/** Which addresses an outgoing call may reach. */

/** Refused even to an operator's own servers: from here a cloud hands out its machine's credentials. */
const metadata = blockList(['169.254.0.0/16', '168.63.129.16/32', '100.100.100.200/32', 'fd00:ec2::/32', 'fe80::/10'])

const notPublic4 = blockList([
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '168.63.129.16/32',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
])

/** Global unicast is the only public part of IPv6; these are the exceptions inside it. */
const globalUnicast = blockList(['2000::/3'])
const notPublic6 = blockList(['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'])

/** What a caller may reach: `public` addresses, those and `networks` of the operator's, or anything but metadata. */
export type Reach = {kind: 'public'} | {kind: 'networks'; networks: BlockList} | {kind: 'any'}

/** Networks in CIDR form; a bare address is a network of one. Throws on anything else. */
export function blockList(networks: readonly string[]): BlockList {
  const list = new BlockList()
  for (const network of networks) {
    const [address = '', bits] = network.split('/')
    const family = isIP(address)
    if (family === 0) throw new Error(`${network} is not a network. Write it like 10.0.0.0/8.`)
    const prefix = bits === undefined ? (family === 4 ? 32 : 128) : Number(bits)
    list.addSubnet(address, prefix, family === 4 ? 'ipv4' : 'ipv6')
  }
  return list
}

/** May a call with this reach connect to this IP address? Text that is no address is refused. */
export function mayReach(address: string, reach: Reach): boolean {
  const plain = withoutZone(address)
  const embedded = embedded4(plain)
  if (embedded !== undefined) return mayReach(embedded, reach)
  if (isIP(plain) === 0 || contains(metadata, plain)) return false
  if (reach.kind === 'any') return true
  return isPublic(plain) || (reach.kind === 'networks' && contains(reach.networks, plain))
}

function isPublic(address: string): boolean {
  if (!isIPv6(address)) return !notPublic4.check(address, 'ipv4')
  return globalUnicast.check(address, 'ipv6') && !notPublic6.check(address, 'ipv6')
}

const contains = (list: BlockList, address: string) => list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')

const withoutZone = (address: string) => address.replace(/%.*$/, '')

/** The IPv4 address inside an IPv4-mapped or NAT64 one; both lead to the IPv4 host. */
function embedded4(address: string): string | undefined {
  if (!isIPv6(address)) return undefined
  const groups = expand(address)
  const head = groups.slice(0, 6).join(':')
  if (head !== '0:0:0:0:0:ffff' && head !== '64:ff9b:0:0:0:0') return undefined
  const [high = 0, low = 0] = groups.slice(6).map((group) => parseInt(group, 16))
  return [high >> 8, high & 255, low >> 8, low & 255].join('.')
}

/** The eight groups of an IPv6 address, in lower-case hex without leading zeros. */
function expand(address: string): string[] {
  // The URL parser writes an address in its one short form, with a trailing IPv4 part turned into groups.
  const short = new URL(`http://[${address}]`).hostname.slice(1, -1)
  const [left = '', right] = short.split('::')
  const before = left === '' ? [] : left.split(':')
  if (right === undefined) return before
  const after = right === '' ? [] : right.split(':')
  return [...before, ...Array<string>(8 - before.length - after.length).fill('0'), ...after]
}
