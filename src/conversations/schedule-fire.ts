import type {Json} from '../base/json.ts'
import {storableText} from '../base/json-text.ts'
import {audienceOf} from '../flow/audience.ts'
import type {Trigger} from '../flow/shape.ts'
import type {JobHandler} from '../jobs/job.ts'
import type {Runtime} from '../runtime/runtime.ts'
import type {TenantDb} from '../store/stores.ts'
import {inList} from '../store/in-list.ts'
import {openConversation} from './open.ts'
import type {TenantTx} from './load.ts'

const PAGE = 200

type Schedule = Extract<Trigger, {type: 'schedule'}>
type Deps = Pick<Runtime, 'stores' | 'clock' | 'ids'>

interface Payload {
  flow: string
  fire: number
}

/**
 * Starts a scheduled flow with each contact of its audience who is not in a session, not with a person and did not opt
 * out. Page by page, each start unique by fire and contact, so a repeated run starts nobody twice.
 */
export function scheduleFireHandler(deps: Deps): JobHandler {
  return {
    async run({db, job, signal, progress}) {
      const {flow, fire} = job.payload as unknown as Payload
      const scheduled = await find(db, flow)
      if (!scheduled) return {done: {started: 0, reason: 'the flow is not live any more'}}
      const isMeant = audienceOf(scheduled.trigger)
      let after = ''
      let started = 0
      while (!signal.aborted) {
        const page = await contactsAfter(db, after)
        if (page.length === 0) return {done: {started}}
        after = page.at(-1)?.id ?? after
        const meant = page.filter((contact) => isMeant(asContact(contact), deps.clock.now()))
        started += await db.write((tx) =>
          startAll(tx, deps, {flow, fire, configId: scheduled.configId, contacts: meant, tenantId: db.name}),
        )
        await progress({started, after})
      }
      return {retryInMs: 0, error: 'The process stopped.'}
    },
  }
}

async function find(db: TenantDb, key: string): Promise<{trigger: Schedule; configId: string} | undefined> {
  return db.read(async (q) => {
    const row = await q
      .selectFrom('flows')
      .innerJoin('flow_releases', (join) =>
        join.onRef('flow_releases.flow_id', '=', 'flows.id').onRef('flow_releases.version', '=', 'flows.version'),
      )
      .select('flow_releases.definition')
      .where('flows.flow_key', '=', key)
      .where('flows.is_active', '=', true)
      .executeTakeFirst()
    const trigger = (row?.definition as {trigger?: Trigger} | undefined)?.trigger
    if (trigger?.type !== 'schedule') return undefined
    const configs = await q
      .selectFrom('whatsapp_configs')
      .select(['id', 'name', 'phone_number'])
      .where('is_active', '=', true)
      .where('removed_at', 'is', null)
      .execute()
    const config = trigger.numbers
      ? configs.find((one) => trigger.numbers?.some((name) => [one.id, one.name, one.phone_number].includes(name)))
      : configs[0]
    if (!config || (!trigger.numbers && configs.length > 1))
      throw new Error('Which number sends? Name it in trigger.numbers of the flow.')
    return {trigger, configId: config.id}
  })
}

type ContactRow = Awaited<ReturnType<typeof contactsAfter>>[number]

const contactsAfter = (db: TenantDb, after: string) =>
  db.read((q) => {
    const query = q
      .selectFrom('contacts')
      .select(['id', 'phone', 'name', 'email', 'tags', 'attributes', 'opted_in'])
      .orderBy('id')
      .limit(PAGE)
    return (after === '' ? query : query.where('id', '>', after)).execute()
  })

/** A row as flows see it. */
const asContact = ({id, phone, name, email, tags, attributes, opted_in}: ContactRow) => ({
  id,
  phone,
  name,
  email,
  tags: tags ?? [],
  attributes: (attributes ?? {}) as Record<string, Json>,
  opted_in,
})

interface StartAll extends Payload {
  configId: string
  contacts: readonly ContactRow[]
  tenantId: string
}

async function startAll(
  tx: TenantTx,
  {clock, ids}: Deps,
  {flow, fire, configId, contacts, tenantId}: StartAll,
): Promise<number> {
  const busy = new Set(
    (
      await tx.db
        .selectFrom('conversations')
        .leftJoin('flow_sessions', (join) =>
          join
            .onRef('flow_sessions.conversation_id', '=', 'conversations.id')
            .on('flow_sessions.status', 'in', ['active', 'calling', 'transferred']),
        )
        .select('conversations.contact_id')
        .where(
          inList(
            tx.engine,
            'conversations.contact_id',
            contacts.map(({id}) => id),
          ),
        )
        .where('conversations.status', 'in', ['active', 'waiting'])
        .where((e) => e.or([e('flow_sessions.id', 'is not', null), e('conversations.holder', '<>', 'bot')]))
        .execute()
    ).map((row) => row.contact_id),
  )
  const now = clock.now()
  const rows = []
  for (const contact of contacts) {
    if (busy.has(contact.id)) continue
    const conversation = await openConversation(tx, {contact, configId, tenantId, now, ids})
    if (!conversation) continue
    rows.push({
      key: `${configId} conversation:${conversation.id}`,
      config_id: configId,
      kind: 'input',
      dedupe_key: `start ${flow} ${fire} ${contact.id}`,
      body: storableText(
        JSON.stringify({type: 'input', dedupe: '', conversation_id: conversation.id, input: {kind: 'start', flow}}),
      ),
      raw_id: null,
      state: 'pending',
      attempts: 0,
      received_at: new Date(now),
    })
  }
  const fresh = await tx.insertNew('inbox', ['dedupe_key'], rows)
  return fresh.filter(Boolean).length
}
