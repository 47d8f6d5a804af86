import type {CallRequest, CallResult, Json} from '../session.ts'
import type {Call} from '../simulate/state.ts'
import {isMeant} from './compare.ts'
import type {Mock} from './suite.ts'

/** The mocks of one dialogue, and how often each of them answered. */
export interface Mocked {
  answer(call: Call): CallResult | undefined
  /** One that is meant for such a call, whether or not it has answered as often as it may. */
  meantFor(call: Pick<Call, 'node' | 'request'>): Mock | undefined
  used: ReadonlyMap<Mock, number>
}

export function createMocked(mocks: readonly Mock[], secrets: Readonly<Record<string, string>> | undefined): Mocked {
  const used = new Map<Mock, number>()
  return {
    used,
    meantFor: ({node, request}) =>
      mocks.find((one) => one.call === request.kind && isMeant(one.match, node, withSecrets(request, secrets).data)),
    answer({node, request}) {
      const {data, missing} = withSecrets(request, secrets)
      // As the job that makes the call does it: a secret that is not there is an error of the call.
      if (missing !== undefined) return {outcome: 'error', error: `There is no secret "${missing}".`}
      const mock = mocks.find(
        (one) =>
          one.call === request.kind && (used.get(one) ?? 0) < (one.times ?? Infinity) && isMeant(one.match, node, data),
      )
      if (!mock) return undefined
      used.set(mock, (used.get(mock) ?? 0) + 1)
      return mock.result
    },
  }
}

const reference = /\$\{secret\.([A-Za-z0-9_]+)\}/g

/** The request as it would go out. Without any secrets given the references stay. */
export function withSecrets(
  {data}: CallRequest,
  secrets: Readonly<Record<string, string>> | undefined,
): {data: Record<string, Json>; missing?: string} {
  if (!secrets) return {data}
  let missing: string | undefined
  const fill = (value: Json): Json => {
    if (typeof value === 'string')
      return value.replace(reference, (whole, name: string) => {
        if (!Object.hasOwn(secrets, name)) missing ??= name
        return secrets[name] ?? whole
      })
    if (Array.isArray(value)) return value.map(fill)
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fill(item)]))
  }
  return {data: fill(data) as Record<string, Json>, missing}
}
