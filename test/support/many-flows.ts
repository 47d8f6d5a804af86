import {toJson} from '../../src/store/columns.ts'
import type {TenantDb} from '../../src/store/stores.ts'

/** Flows that ask one thing, which the second version of them asks otherwise. */
export function manyFlows(count: number, version: number): {flow: string; text: string}[] {
  return Array.from({length: count}, (_, n) => {
    const flow = `fluxo-${n}`
    const node = version === 1 ? 'velha' : 'nova'
    const live = version === 1 ? '' : 'live: {nodes: {velha: {move: nova}}}\n'
    const text = `flow: ${flow}
trigger: {type: keyword, keywords: [palavra${n}]}
nodes:
  - {id: pergunta, type: message, data: {text: "Pergunta ${n}, versão ${version}"}, next: ${node}}
  - {id: ${node}, type: wait, data: {save_as: resposta}, next: fim}
  - {id: fim, type: end}
${live}`
    return {flow, text}
  })
}

interface Place {
  db: TenantDb
  runtime: {ids: {next(): string}}
  clock: {now(): number}
}

/** People who wait in the first version of these flows, as turns would have left them. */
export async function fillSessions({db, runtime: {ids}, clock}: Place, flows: number, sessions: number): Promise<void> {
  const known = await db.read((q) => q.selectFrom('flows').select(['id', 'flow_key', 'release']).execute())
  const config = await db.read((q) => q.selectFrom('whatsapp_configs').select('id').executeTakeFirstOrThrow())
  const byKey = new Map(known.map((flow) => [flow.flow_key, flow]))
  const now = clock.now()
  const [at, expires] = [new Date(now), new Date(now + 86_400_000)]
  const people = Array.from({length: sessions}, (_, n) => {
    const flow = byKey.get(`fluxo-${n % flows}`)
    if (!flow) throw new Error(`There is no fluxo-${n % flows}.`)
    return {n, flow, contact: ids.next(), conversation: ids.next(), session: ids.next()}
  })
  await db.write(async (tx) => {
    const tenant = {tenant_id: db.name}
    await tx.insert(
      'contacts',
      people.map(({n, contact}) => ({id: contact, ...tenant, phone: `+55119${String(10_000_000 + n)}`, name: `C${n}`})),
    )
    await tx.insert(
      'conversations',
      people.map(({n, contact, conversation}) => ({
        ...{id: conversation, ...tenant, whatsapp_config_id: config.id, contact_id: contact, holder: 'bot'},
        ...{reply_to: `phone:+55119${String(10_000_000 + n)}`, last_inbound_at: at, metadata: toJson({})},
      })),
    )
    await tx.insert(
      'flow_sessions',
      people.map(({flow, contact, conversation, session}) => ({
        ...{id: session, flow_id: flow.id, conversation_id: conversation, contact_id: contact, config_id: config.id},
        ...{current_node_id: 'velha', status: 'active', release: flow.release, due_at: expires, expires_at: expires},
        context: toJson(sessionOf(session, flow, now)),
      })),
    )
  })
}

const sessionOf = (id: string, {flow_key: flow, release}: {flow_key: string; release: string}, now: number) => ({
  ...{id, flow, release, node: 'velha', status: 'active', vars: {resposta: null}, number: 1, stack: [], visits: {}},
  ...{waiting: {for: 'message', node: 'velha', until: null, tries: 0}, response: '', outcome: '', options: []},
  message: {id: 'wamid.x', kind: 'text', text: 'oi', option: null, at: now},
  ...{startedAt: now, expiresAt: now + 86_400_000},
})
