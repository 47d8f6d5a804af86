import {isDeepStrictEqual} from 'node:util'
import type {Happening, Simulated} from '../simulate/state.ts'
import {isMeant, matches} from './compare.ts'
import {callText} from './lines.ts'
import {withSecrets} from './mocks.ts'
import type {Failure} from './failure.ts'
import type {Match, Position, Then} from './suite.ts'

interface End {
  state: Simulated
  happened: readonly Happening[]
  secrets: Readonly<Record<string, string>> | undefined
}

type Unmet = Omit<Failure, 'place'>

/** The first thing that is not so at the end of a dialogue. */
export function unmet(then: Then, end: End): Unmet | undefined {
  const {session, contact} = end.state
  for (const [name, expected] of Object.entries(then.vars?.value ?? {})) {
    const got = session?.vars[name]
    if (!isDeepStrictEqual(expected, got)) return differs(then.vars?.at, `vars.${name}`, expected, got)
  }
  if (then.node && then.node.value !== session?.node)
    return differs(then.node.at, 'node', then.node.value, session?.node)
  if (then.outcome && !outcomesOf(end.state).includes(then.outcome.value))
    return differs(then.outcome.at, 'outcome', then.outcome.value, outcomesOf(end.state)[0])
  for (const [field, expected] of Object.entries(then.contact?.value ?? {})) {
    const got = (contact as Record<string, unknown>)[field]
    if (!matches(expected, got)) return differs(then.contact?.at, `contact.${field}`, expected, got)
  }
  return unmetCalls(then, end) ?? unmetEvents(then, end)
}

/** What the end node named, else the state of the session; both may be asked for. */
function outcomesOf({session}: Simulated): string[] {
  if (!session) return ['none']
  return [session.result?.outcome ?? session.status, session.status]
}

function unmetCalls({calls}: Then, {happened, secrets}: End): Unmet | undefined {
  if (!calls) return undefined
  const made = happened.filter((one) => one.kind === 'call').map(({call}) => call)
  const got = made.length === 0 ? 'none' : made.map(({request}) => callText(request)).join(', ')
  if (typeof calls.value === 'number') {
    if (made.length === calls.value) return undefined
    return {at: calls.at, message: 'other calls were made', expected: `${calls.value} calls`, got}
  }
  const expected: readonly Match[] = calls.value
  const isSame =
    expected.length === made.length &&
    made.every(({node, request}, n) => isMeant(expected[n] ?? {}, node, withSecrets(request, secrets).data))
  if (isSame) return undefined
  const wanted = expected.length === 0 ? 'none' : expected.map((one) => JSON.stringify(one)).join(', ')
  return {at: calls.at, message: 'other calls were made', expected: `calls: ${wanted}`, got: `calls: ${got}`}
}

function unmetEvents({events}: Then, {happened}: End): Unmet | undefined {
  const told = happened.filter((one) => one.kind === 'event')
  let from = 0
  for (const {at, type, data} of events?.value ?? []) {
    const found = told.findIndex((event, n) => n >= from && event.type === type && matches(data, event.data))
    if (found === -1) {
      const same = told.filter((event) => event.type === type)
      const wanted = Object.keys(data).length === 0 ? type : `${type} ${JSON.stringify(data)}`
      const others =
        same.length > 0
          ? same.map((event) => JSON.stringify(event.data)).join(', ')
          : told.map((event) => event.type).join(', ')
      return {at, message: `the event did not happen`, expected: `event: ${wanted}`, got: others || 'no event'}
    }
    from = found + 1
  }
  return undefined
}

function differs(at: Position | undefined, what: string, expected: unknown, got: unknown): Unmet {
  const text = (value: unknown) => `${what}: ${JSON.stringify(value ?? null)}`
  return {at: at ?? {line: 1, column: 1}, message: `${what} differs`, expected: text(expected), got: text(got)}
}
