import {setMaxListeners} from 'node:events'
import type {Clock} from '../base/clock.ts'
import {invalid} from '../base/errors.ts'
import type {Sandbox} from './contract.ts'
import type {Customer, ReceivedMessage} from './customer.ts'
import {type Chance, chanceFor, oneOf, type Persona, personaAt, replyTo} from './persona.ts'

/** How fast and how long people talk. */
export interface Pace {
  /** Shortest and longest time before an answer, default 400 to 2500 ms. */
  thinkMs?: readonly [number, number]
  /** Each person stops after saying this much, default 20. */
  maxMessages?: number
  /** After this long without anything to answer they begin again, default 15 s; three times in vain ends it. */
  quietMs?: number
}

export interface PeopleOptions extends Pace {
  clock: Clock
  /** Phone number ids and instance names, dealt out in turn. */
  numbers: readonly string[]
  /** Default 12. */
  count?: number
  /** The same seed gives the same choices for the same questions. */
  seed?: number
  /** What a conversation begins with. */
  greetings?: readonly string[]
  signal?: AbortSignal
}

export interface People {
  customers: Customer[]
  /** Messages said so far. */
  said(): number
  stop(): void
  /** Resolves when all have said what they had to, or were stopped. */
  done: Promise<void>
  /** The first few of them come back, at another pace; resolves like `done`. */
  again(count: number, pace: Pace): Promise<void>
}

const PATIENCE = 3

interface Talker {
  customer: Customer
  persona: Persona
  /** Decides what is said; what it draws does not depend on timing. */
  chance: Chance
  /** Decides how long thinking takes. */
  pace: Chance
  said: number
}

/** Brazilian customers who talk to a bot they do not know, by answering whatever it offers or asks. */
export function people(sandbox: Sandbox, options: PeopleOptions): People {
  const {numbers, count = 12, seed = 1, signal} = options
  if (numbers.length === 0) throw invalid('numbers', 'people need a number or an instance to write to.')
  const stopping = new AbortController()
  // Everybody listens to the one signal.
  setMaxListeners(0, stopping.signal)
  signal?.addEventListener('abort', () => stopping.abort(), {once: true})
  const talkers = Array.from({length: count}, (_, index): Talker => {
    const persona = personaAt(index)
    const via = numbers[index % numbers.length] ?? ''
    const customer = sandbox.customer({phone: persona.phone, name: persona.name, via})
    return {customer, persona, chance: chanceFor(seed, index), pace: chanceFor(seed, -1 - index), said: 0}
  })
  const all = async (some: readonly Talker[], pace: Pace) => {
    await Promise.all(some.map((talker) => talk(talker, {...options, ...pace}, stopping.signal)))
  }
  return {
    customers: talkers.map(({customer}) => customer),
    said: () => talkers.reduce((sum, talker) => sum + talker.said, 0),
    stop: () => stopping.abort(),
    done: all(talkers, options),
    again: (few, pace) => all(talkers.slice(0, few), pace),
  }
}

async function talk(talker: Talker, options: PeopleOptions, signal: AbortSignal): Promise<void> {
  const {clock, maxMessages = 20, greetings = ['oi', 'olá', 'bom dia', 'menu'], quietMs = 15_000} = options
  const {customer, chance} = talker
  let patience = PATIENCE
  const enough = talker.said + maxMessages
  let answered = customer.receivedTotal
  await think(talker, options, signal)
  if (signal.aborted) return
  say(talker, oneOf(greetings, chance) ?? 'oi')
  while (talker.said < enough && !signal.aborted) {
    const until = clock.now() + quietMs
    const reply = await nextReply(talker, options, {answered, until, signal})
    if (signal.aborted) return
    const silent = customer.receivedTotal === answered
    answered = customer.receivedTotal
    patience = silent ? patience - 1 : PATIENCE
    if (patience === 0) return
    if (!reply) say(talker, oneOf(greetings, chance) ?? 'oi')
    else if (reply.kind === 'say') say(talker, reply.text)
    else choose(talker, reply.option)
  }
}

interface Waiting {
  answered: number
  until: number
  signal: AbortSignal
}

/** Waits for something to answer, thinks, and reads again what came meanwhile; undefined when time is up. */
async function nextReply(talker: Talker, options: PeopleOptions, {answered, until, signal}: Waiting) {
  const {customer, persona, chance} = talker
  let read = answered
  for (;;) {
    const left = until - options.clock.now()
    if (left <= 0 || signal.aborted) return undefined
    const came = await customer.waitFor(read + 1, left, signal).then(
      () => true,
      () => false,
    )
    if (!came) return undefined
    do {
      read = customer.receivedTotal
      await think(talker, options, signal)
    } while (customer.receivedTotal > read && !signal.aborted)
    const reply = replyTo(newest(customer, read - answered), persona, chance)
    if (reply) return reply
  }
}

const newest = (customer: Customer, count: number): readonly ReceivedMessage[] =>
  count > 0 ? customer.received.slice(-count) : []

async function think(
  talker: Talker,
  {clock, thinkMs = [400, 2500]}: PeopleOptions,
  signal: AbortSignal,
): Promise<void> {
  const [least, most] = thinkMs
  await clock.sleep(Math.round(least + talker.pace() * (most - least)), signal)
}

function say(talker: Talker, text: string): void {
  talker.said++
  talker.customer.say(text)
}

function choose(talker: Talker, {kind, title}: {kind: string; title: string}): void {
  talker.said++
  if (kind === 'row') talker.customer.pick(title)
  else talker.customer.tap(title)
}
