import {PytakeError} from '../base/errors.ts'
import type {EventRecord} from '../base/events.ts'
import type {Caller} from '../operations/invoke.ts'
import type {Runtime} from '../runtime/runtime.ts'
import type {Loaders} from './loaders.ts'

/** What a subscriber asks for: fields of the event filter, and from where. */
export type Wanted = Readonly<Record<string, unknown>>

/** What the resolvers of one request share. */
export interface RequestContext {
  runtime: Runtime
  caller: Caller
  loaders: Loaders
  /** Follows the event log; only where there is a socket to tell it over. */
  follow?: (wanted: Wanted) => Promise<AsyncIterable<EventRecord>>
}

export const needsSocket = () =>
  new PytakeError('BAD_REQUEST', 'A subscription needs a WebSocket.', {
    help: 'Connect to this address with the subprotocol graphql-transport-ws.',
  })
