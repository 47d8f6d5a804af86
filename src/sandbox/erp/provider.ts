import type {World} from '../world.ts'
import {type Customer, type Invoice, makePeople, type Ticket} from './people.ts'

/** What each stand-in takes as credentials, the same after every start. */
export const erpCredentials = {
  hubsoft: {
    clientId: '17',
    clientSecret: 'sandbox-client-secret',
    username: 'api@provedor.example',
    password: 'sandbox-password',
  },
  ixcsoft: {token: `5:${'ab'.repeat(32)}`},
  mksolutions: {token: 'sandbox-user-token', password: 'sandbox-counter-password'},
  sisgp: {token: 'sandbox-sgp-token', app: 'pytake'},
} as const

/** One Internet provider's data, as all four ERPs show it, and who is signed in. */
export interface Provider {
  world: World
  people: Customer[]
  /** Tokens of HubSoft and MK Solutions that are good now. */
  sessions: Map<string, number>
  /** How often a session may be used before it counts as expired; for tests. */
  usesPerSession: number
  find(test: (customer: Customer) => boolean): Customer | undefined
  invoice(n: number): {customer: Customer; invoice: Invoice} | undefined
  addTicket(customer: Customer, text: string): Ticket
  signIn(): string
  /** False when the session is not known or used up. */
  isSignedIn(token: string): boolean
}

export function createProvider(world: World): Provider {
  const people = makePeople(world.clock.now())
  const provider: Provider = {
    ...{world, people, sessions: new Map<string, number>(), usesPerSession: Number.POSITIVE_INFINITY},
    find: (test) => people.find(test),
    invoice(n) {
      for (const customer of people) {
        const invoice = customer.invoices.find((one) => one.n === n)
        if (invoice) return {customer, invoice}
      }
      return undefined
    },
    addTicket(customer, text) {
      const n = 9000 + people.reduce((all, one) => all + one.tickets.length, 0) + 1
      const ticket = {
        n,
        protocol: `${new Date(world.clock.now()).toISOString().slice(0, 10).replaceAll('-', '')}${n}`,
        text,
      }
      customer.tickets.push(ticket)
      return ticket
    },
    signIn() {
      const token = world.random.bytes(16).toString('hex')
      provider.sessions.set(token, 0)
      return token
    },
    isSignedIn(token) {
      const uses = provider.sessions.get(token)
      if (uses === undefined || uses >= provider.usesPerSession) return false
      provider.sessions.set(token, uses + 1)
      return true
    },
  }
  return provider
}
