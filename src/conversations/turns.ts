import {messageOf, PytakeError} from '../base/errors.ts'
import type {ChannelEvent} from '../channels/channel.ts'
import {createFlowLibrary, type FlowLibrary, type LiveFlows, readLive} from '../deploy/live-flows.ts'
import type {Runtime} from '../runtime/runtime.ts'
import type {TenantDb} from '../store/stores.ts'
import {together} from '../store/together.ts'
import {isConflict} from '../store/unavailable.ts'
import type {TenantInfo} from '../tenants/tenant-cache.ts'
import {type Batch, tell, type Written} from './batch.ts'
import {countCanaries} from './canaries.ts'
import {recordChange} from './changes.ts'
import {recordEcho} from './echo.ts'
import {flush} from './flush.ts'
import {receiveMessage} from './inbound.ts'
import type {InboxItem, InternalInput, Verdict} from './inbox-row.ts'
import {dueSessions, loadBatch, loadConfigs, type TenantTx} from './load.ts'
import {expireSession, releasesIn, resumeSession, startFlow, stopSession} from './run.ts'
import {redirect} from './redirect.ts'
import {recordStatus} from './statuses.ts'
import {lockTurns, markItems, pendingItems} from './take.ts'

const BATCH = 256
const CONFLICT_TRIES = 5

type Deps = Pick<Runtime, 'stores' | 'clock' | 'ids' | 'crash' | 'log'>

export interface TurnReport {
  /** Inbox rows and timeouts that were handled. */
  handled: number
  /** There may be more. */
  more: boolean
  queued: boolean
  jobs: boolean
  reads: Written['reads']
}

export interface Turns {
  /**
   * Handles what is pending in a tenant's inbox, one batch, and calls `decided` when it has only to be written. Throws only
   * when the store is not available.
   */
  run(tenant: TenantInfo, decided?: () => void): Promise<TurnReport>
}

/** A row whose turn threw: it is computed apart, so that it does not take its batch down. */
class TurnFailure extends Error {
  readonly row: number
  constructor(row: number, cause: unknown) {
    super(messageOf(cause), {cause})
    this.row = row
  }
}

export function createTurns(deps: Deps): Turns {
  const library = createFlowLibrary()
  return {
    async run(tenant, decided = () => undefined) {
      const db = deps.stores.tenant(tenant.id)
      const failed = new Map<number, string>()
      let limit = BATCH
      let conflicts = 0
      for (;;) {
        try {
          return await attempt(deps, {db, tenant, library, limit, failed, decided})
        } catch (error) {
          if (error instanceof PytakeError) throw error
          if (error instanceof TurnFailure) failed.set(error.row, error.message)
          // Another process made the same contact or session at that moment: what it wrote is found the next time.
          else if (isConflict(error) && ++conflicts < CONFLICT_TRIES) continue
          else if (limit > 1) limit = Math.ceil(limit / 4)
          else return await giveUp(deps, db, error)
          deps.log.warn({tenant: tenant.id, error: messageOf(error), limit}, 'a turn failed')
        }
      }
    },
  }
}

interface Attempt {
  db: TenantDb
  tenant: TenantInfo
  library: FlowLibrary
  limit: number
  failed: ReadonlyMap<number, string>
  decided: () => void
}

async function attempt(deps: Deps, {db, tenant, library, limit, failed, decided}: Attempt): Promise<TurnReport> {
  const now = deps.clock.now()
  const done = await db.write(async (tx) => {
    const [isOurs, items, over, configs, live] = await together(
      lockTurns(tx),
      pendingItems(tx, limit),
      dueSessions(tx, now, limit),
      loadConfigs(tx),
      readLive(tx),
    )
    if (!isOurs) return undefined
    const due = limit === 1 && items.length > 0 ? [] : over
    if (items.length === 0 && due.length === 0) return undefined
    const batch = await loadBatch(tx, {now, ids: deps.ids, tenant, configs, items, due})
    const flows = await library.load(tx, live, releasesIn([...batch.sessions.values()]))
    const marks = items.map((item) => ({item, verdict: handle({batch, flows, item, failed})}))
    for (const {conversationId} of due) expire(batch, flows, conversationId)
    await countCanaries(tx, batch, flows.live)
    tx.leave(flush(tx, batch), markItems(tx, marks))
    decided()
    deps.crash('turn.before_commit')
    if (batch.written.statuses.length > 0) deps.crash('status.before_commit')
    return {batch, handled: items.length + due.length}
  })
  if (!done) return {handled: 0, more: false, queued: false, jobs: false, reads: []}
  deps.crash('turn.after_commit')
  const {outbox, jobs, reads, statuses} = done.batch.written
  if (statuses.length > 0) deps.crash('status.after_commit')
  return {
    handled: done.handled,
    more: done.handled >= limit || limit < BATCH,
    queued: outbox.length > 0,
    jobs: jobs.length > 0,
    reads,
  }
}

interface Handling {
  batch: Batch
  flows: LiveFlows
  item: InboxItem
  failed: ReadonlyMap<number, string>
}

function handle({batch, flows, item, failed}: Handling): Verdict {
  const reason = failed.get(item.id)
  try {
    const verdict = reason === undefined ? handleOne(batch, flows, item) : storeFailed(batch, flows, {item, reason})
    if (verdict.state === 'failed') {
      batch.written.events.push({
        type: 'dead_lettered',
        at: batch.now,
        data: {config_id: item.configId, webhook: item.id, kind: item.body.type, reason: verdict.error},
      })
    }
    return verdict
  } catch (error) {
    // It failed even without its turn: there is nothing left to do but to keep it for people.
    if (reason !== undefined) return {state: 'failed', error: reason}
    throw new TurnFailure(item.id, error)
  }
}

function handleOne(batch: Batch, flows: LiveFlows, item: InboxItem): Verdict {
  const {body} = item
  switch (body.type) {
    case 'message':
      return receiveMessage({batch, item, message: body, flows})
    case 'status':
      recordStatus(batch, item.configId, body)
      return {state: 'done'}
    case 'echo':
      recordEcho(batch, item, body)
      return {state: 'done'}
    case 'change':
      recordChange(batch, item, body)
      return {state: 'done'}
    case 'input':
      return takeInput(batch, flows, body)
    case 'unknown':
      return unknown(body)
  }
}

/** Kept as it came, for people to look at and for a later version to run again. */
const unknown = (body: Extract<ChannelEvent, {type: 'unknown'}>): Verdict => ({
  state: 'failed',
  error: `This program does not know "${body.name}".`,
})

/** The message is stored all the same, its session is over, and the row waits to be replayed (design, section 5). */
function storeFailed(batch: Batch, flows: LiveFlows, {item, reason}: {item: InboxItem; reason: string}): Verdict {
  if (item.body.type !== 'message') return {state: 'failed', error: reason}
  const verdict = receiveMessage({batch, item, message: item.body, flows, storeOnly: reason})
  for (const conversation of batch.conversations.values()) {
    const known = batch.written.messages.some(
      (row) =>
        row.conversation_id === conversation.row.id &&
        row.whatsapp_message_id === (item.body as {providerId?: string}).providerId,
    )
    const session = known ? batch.sessions.get(conversation.row.id) : undefined
    if (session) stopSession({batch, flows, conversation}, session, 'failed', reason)
    else if (known) tell(batch, 'flow_failed', conversation, {reason})
  }
  return verdict
}

function takeInput(batch: Batch, flows: LiveFlows, {conversation_id: id, input}: InternalInput): Verdict {
  const conversation = batch.conversations.get(id)
  if (!conversation) return {state: 'done'}
  const scene = {batch, flows, conversation}
  const session = batch.sessions.get(id)
  if (input.kind === 'start') {
    const flow = flows.byKey.get(input.flow)
    if (flow && !session && conversation.row.holder === 'bot') startFlow(scene, flow, {kind: 'start'})
  } else if (input.kind === 'closed') {
    if (session) stopSession(scene, session, 'abandoned', 'resolved')
  } else if (input.kind === 'redirect') {
    if (session) redirect(scene, session, input)
  } else if (session) resumeSession(scene, session, input)
  return {state: 'done'}
}

function expire(batch: Batch, flows: LiveFlows, conversationId: string): void {
  const conversation = batch.conversations.get(conversationId)
  const session = batch.sessions.get(conversationId)
  if (conversation && session) expireSession({batch, flows, conversation}, session)
}

/** One row that cannot be written at all: it is set aside so that the rest goes on. */
async function giveUp(deps: Deps, db: TenantDb, error: unknown): Promise<TurnReport> {
  const reason = messageOf(error)
  deps.log.error({tenant: db.name, error: reason}, 'an inbox row could not be handled')
  const at = deps.clock.now()
  await db.write(async (tx: TenantTx) => {
    const [item] = await pendingItems(tx, 1)
    if (!item) return
    await tx.update(
      'inbox',
      ['id'],
      [{id: item.id, state: 'failed', attempts: item.attempts + 1, error: reason.slice(0, 2000)}],
    )
    tx.emit({
      type: 'dead_lettered',
      at,
      data: {config_id: item.configId, webhook: item.id, kind: item.body.type, reason},
    })
  })
  return {handled: 1, more: true, queued: false, jobs: false, reads: []}
}
