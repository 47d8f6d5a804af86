import type {ChannelEvent} from '../channels/channel.ts'
import type {Redirect} from '../deploy/redirects.ts'
import type {CallResult} from '../flow/session.ts'

/** Something for a session that does not come from a channel: a call's answer, or a conversation given back. */
export interface InternalInput {
  type: 'input'
  dedupe: string
  conversation_id: string
  input:
    | {kind: 'result'; number: number; result: CallResult}
    | {kind: 'returned'; number: number; outcome: 'returned' | 'timeout' | 'closed'}
    /** A scheduled flow begins with a contact who wrote nothing. */
    | {kind: 'start'; flow: string}
    /** A person closed the conversation: whatever session it has is over. */
    | {kind: 'closed'}
    /** A release arrived, or somebody moves the session. */
    | Redirect
}

/** One row of the inbox, its body parsed. */
export interface InboxItem {
  id: number
  configId: string
  receivedAt: number
  attempts: number
  body: ChannelEvent | InternalInput
}

/** What became of a row. */
export type Verdict = {state: 'done' | 'ignored' | 'stale'} | {state: 'failed'; error: string}
