import {storableText} from '../base/json-text.ts'
import type {LivePolicy} from '../flow/shape.ts'
import type {Tx} from '../store/database.ts'
import type {TenantSchema} from '../store/schema/tenant.ts'

/** Name of the lock under which turns are run: whoever holds it sees sessions that stand still. */
export const TURNS_LOCK = 'turns'

/** Moves one session. It goes through the inbox like everything that a session is told, so that turns stay in order. */
export interface Redirect {
  kind: 'redirect'
  flow: string
  session: string
  policy: LivePolicy
  by: 'deploy' | 'person'
}

export interface Redirected {
  session: string
  conversation: string
  config: string
}

export async function queueRedirects(
  tx: Tx<TenantSchema>,
  sessions: readonly Redirected[],
  {flow, policy, by}: Pick<Redirect, 'flow' | 'policy' | 'by'>,
  {key, now}: {key: string; now: number},
): Promise<void> {
  const rows = sessions.map(({session, conversation, config}) => ({
    key: `${config} conversation:${conversation}`,
    config_id: config,
    kind: 'input',
    dedupe_key: `redirect ${key} ${session}`,
    body: storableText(
      JSON.stringify({
        type: 'input',
        dedupe: '',
        conversation_id: conversation,
        input: {kind: 'redirect', flow, session, policy, by} satisfies Redirect,
      }),
    ),
    raw_id: null,
    state: 'pending',
    attempts: 0,
    received_at: new Date(now),
  }))
  await tx.insertNew('inbox', ['dedupe_key'], rows)
}
