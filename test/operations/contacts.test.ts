import {afterAll, beforeAll, expect, it} from 'vitest'
import {listAudit} from '../../src/operations/audit.ts'
import {addContact, editContact, listContacts, showContact} from '../../src/operations/contacts.ts'
import {listConversations, showConversation} from '../../src/operations/conversations.ts'
import {listEventsOperation} from '../../src/operations/events.ts'
import {listFlowSessions} from '../../src/operations/flow-sessions.ts'
import {type Caller, invoke} from '../../src/operations/invoke.ts'
import {listDeadLetters, listWebhooks} from '../../src/operations/webhooks.ts'
import type {Runtime} from '../../src/runtime/runtime.ts'
import {toJson} from '../../src/store/columns.ts'
import {testRuntime} from '../support/server.ts'
import {addCompany, addUser, codeOf, shell} from '../support/signing-in.ts'
import {onBothEngines} from '../support/stores.ts'

onBothEngines('contacts', (place) => {
  let runtime: Runtime
  let tenant: string
  let maria: string
  let caller: Caller

  beforeAll(async () => {
    runtime = await testRuntime(place().env())
    tenant = await addCompany(runtime, 'Uma')
    caller = {...shell, tenant, origin: '10.0.0.9'}
    maria = (await add('+55 11 98765-0001', {name: 'Maria Souza', tags: ['vip'], attributes: {plan: 'gold'}})).id
    await add('+5511987650002', {name: 'João 100%_certo', email: 'joao@example.com'})
  })
  afterAll(() => runtime.close())

  const add = (phone: string, more: object = {}) => invoke(runtime, addContact, {phone, ...more}, caller)
  const edit = (id: string, change: object) => invoke(runtime, editContact, {id, ...change}, caller)
  const names = async (filters: object) =>
    (await invoke(runtime, listContacts, {order: 'asc', ...filters}, caller)).data.map(({name}) => name)
  const events = () =>
    runtime.stores.tenant(tenant).read((db) => db.selectFrom('events').selectAll().orderBy('seq').execute())

  it('are found by id, name, and number with or without the ninth digit', async () => {
    for (const ref of [maria, 'Maria Souza', '+5511987650001', '11 98765-0001', '551187650001']) {
      expect((await invoke(runtime, showContact, {id: ref}, caller)).id, ref).toBe(maria)
    }
    expect(await codeOf(invoke(runtime, showContact, {id: 'Ghost'}, caller))).toBe('NOT_FOUND')
    expect(await codeOf(add('11 98765-0001'))).toBe('CONFLICT')
    expect(await codeOf(add('123'))).toBe('VALIDATION_ERROR')
  })

  it('are listed by tag, consent and what was typed, which is text and no pattern', async () => {
    expect(await names({})).toEqual(['Maria Souza', 'João 100%_certo'])
    expect(await names({tag: 'vip'})).toEqual(['Maria Souza'])
    expect(await names({search: 'SOUZA'})).toEqual(['Maria Souza'])
    expect(await names({search: '98765-0002'})).toEqual(['João 100%_certo'])
    expect(await names({search: '0%_c'})).toEqual(['João 100%_certo'])
    expect(await names({search: '%'})).toEqual(['João 100%_certo'])
    expect(await names({search: "' OR 1=1 --"})).toEqual([])
    expect(await names({opted_in: false})).toEqual([])
  })

  it('keep what is left out, lose what is null, and take attributes one by one', async () => {
    const changed = await edit(maria, {attributes: {plan: null, city: 'Recife', age: 41}, email: 'm@example.com'})
    expect(changed).toMatchObject({name: 'Maria Souza', tags: ['vip'], attributes: {city: 'Recife', age: 41}})
    expect(await edit(maria, {email: null, tags: []})).toMatchObject({email: null, tags: [], name: 'Maria Souza'})
    const much = Object.fromEntries(Array.from({length: 20}, (_, n) => [`a${n}`, 'x'.repeat(4000)]))
    expect(await codeOf(edit(maria, {attributes: much}))).toBe('VALIDATION_ERROR')
    expect(await codeOf(edit(maria, {phone: '+5511987650009'}))).toBe('VALIDATION_ERROR')
    expect(await codeOf(edit(maria, {attributes: {['__proto__x y']: 1}}))).toBe('VALIDATION_ERROR')
  })

  it('have their consent recorded with who set it, and told once', async () => {
    await edit(maria, {opted_in: false})
    await edit(maria, {opted_in: false})
    const rows = await runtime.stores
      .tenant(tenant)
      .read((db) => db.selectFrom('contact_consents').selectAll().execute())
    expect(rows).toMatchObject([{contact_id: maria, purpose: 'marketing', granted: false, source: 'cli:ana'}])
    const told = (await events()).filter(({type}) => type === 'contact_opted_out')
    expect(told).toMatchObject([{data: {contact_id: maria, source: 'cli:ana'}}])
    expect(await names({opted_in: false})).toEqual(['Maria Souza'])
  })

  it('come with a conversation when asked for, as its newest messages do', async () => {
    const conversation = await addConversation(25)
    const shown = await invoke(runtime, showConversation, {id: conversation, expand: 'messages,contact'}, caller)
    expect(shown.contact?.id).toBe(maria)
    expect(shown.messages?.map(({content}) => content)).toEqual(Array.from({length: 20}, (_, n) => `n ${24 - n}`))
    const {data} = await invoke(runtime, listConversations, {expand: 'contact'}, caller)
    expect(data.map(({contact, messages}) => [contact?.name, messages])).toEqual([['Maria Souza', undefined]])
    expect(showConversation.output.safeParse(shown).error).toBeUndefined()
    expect(await codeOf(invoke(runtime, showConversation, {id: conversation, expand: 'secrets'}, caller))).toBe(
      'VALIDATION_ERROR',
    )
  })

  it('do not come with a conversation to who may not read them, nor do its messages', async () => {
    const narrow = {...caller, principal: {...caller.principal, scopes: ['conversations:read']}}
    const {data} = await invoke(runtime, listConversations, {}, narrow)
    const id = data[0]?.id ?? ''
    for (const expand of ['contact', 'messages']) {
      expect(await codeOf(invoke(runtime, showConversation, {id, expand}, narrow)), expand).toBe('FORBIDDEN')
      expect(await codeOf(invoke(runtime, listConversations, {expand}, narrow)), expand).toBe('FORBIDDEN')
    }
  })

  it('leave a trail: who changed and who read whom, from where; what was refused leaves none', async () => {
    const look = (filters: object) => invoke(runtime, listAudit, {...filters}, caller)
    const {data: edits} = await look({action: 'contacts.edit', resource: maria, limit: 100})
    expect(edits.at(-1)).toMatchObject({principal: 'cli:ana', origin: '10.0.0.9', after: {email: 'm@example.com'}})
    expect(edits.at(-1)?.before).toMatchObject({attributes: {plan: 'gold'}})
    const before = (await look({action: 'contacts.', limit: 1000})).data.length
    await invoke(runtime, listContacts, {search: 'maria'}, caller)
    await invoke(runtime, showContact, {id: maria}, caller)
    await codeOf(invoke(runtime, showContact, {id: 'Ghost'}, caller))
    const {data: reads} = await look({action: 'contacts.', limit: 1000})
    expect(reads).toHaveLength(before + 2)
    expect(reads[0]).toMatchObject({action: 'contacts.show', resource_id: maria})
    expect(reads[1]).toMatchObject({action: 'contacts.list', after: {query: {search: 'maria'}, rows: [maria]}})
  })

  it('and so does who reads events, webhooks, sessions of flows and letters of nobody; an empty look at events does not', async () => {
    const look = async (action: string, more: object = {}) =>
      (await invoke(runtime, listAudit, {action, ...more}, caller)).data
    const {page} = await invoke(runtime, listEventsOperation, {type: 'contact_created'}, caller)
    expect((await invoke(runtime, listEventsOperation, {after: page.after}, caller)).data).toEqual([])
    const reads = await look('events.list')
    expect(reads).toHaveLength(1)
    expect(reads[0]?.after).toMatchObject({query: {type: ['contact_created']}, rows: expect.arrayContaining([maria])})
    await invoke(runtime, listWebhooks, {}, caller)
    await invoke(runtime, listFlowSessions, {}, caller)
    await invoke(runtime, listDeadLetters, {}, caller)
    expect(await look('webhooks.list')).toHaveLength(1)
    expect(await look('flowSessions.list')).toHaveLength(1)
    expect(await look('dead_letters.list', {platform: true})).toHaveLength(1)
  })

  it('and the trail has both logs in order of time, a page at a time', async () => {
    await addUser(runtime, tenant, 'bea@example.com')
    await edit(maria, {name: 'Maria'})
    const seen: string[] = []
    let after: string | undefined
    do {
      const answer = await invoke(runtime, listAudit, {limit: 7, after}, caller)
      seen.push(...answer.data.map(({id}) => id))
      after = answer.page.after ?? undefined
    } while (after !== undefined)
    expect(seen).toEqual([...seen].sort().reverse())
    expect(new Set(seen).size).toBe(seen.length)
    const actions = (await invoke(runtime, listAudit, {limit: 2}, caller)).data.map(({action}) => action)
    expect(actions).toEqual(['contacts.edit', 'users.create'])
    const other = await addCompany(runtime, 'Outra')
    const theirs = await invoke(runtime, listAudit, {}, {...caller, tenant: other})
    expect(theirs.data.map(({action}) => action)).toEqual(['tenants.create'])
  })

  async function addConversation(messages: number): Promise<string> {
    const [config, conversation] = [runtime.ids.next(), runtime.ids.next()]
    const now = Date.now()
    await runtime.stores.tenant(tenant).write(async (tx) => {
      const number = {id: config, tenant_id: tenant, name: 'n', phone_number: '+551140000001', api_type: 'official'}
      await tx.insert('whatsapp_configs', [{...number, allow_private_network: false, mark_read: 'never'}])
      const row = {
        id: conversation,
        tenant_id: tenant,
        whatsapp_config_id: config,
        contact_id: maria,
        holder: 'bot',
        reply_to: 'phone:5511987650001',
        tags: [],
        metadata: toJson({}),
        last_message_at: new Date(now),
      }
      await tx.insert('conversations', [row])
      const rows = Array.from({length: messages}, (_, n) => ({
        id: runtime.ids.next(),
        conversation_id: conversation,
        direction: 'inbound',
        type: 'text',
        content: `n ${n}`,
        whatsapp_config_id: config,
        contact_id: maria,
        created_at: new Date(now + n),
      }))
      await tx.insert('messages', rows)
    })
    return conversation
  }
})
