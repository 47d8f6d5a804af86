import {mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {addConfig} from '../../src/channels/accounts.ts'
import {applyFlows} from '../../src/deploy/apply.ts'
import {loadFlow} from '../../src/flow/definition.ts'
import {countPeople} from '../../src/operations/flow-releases.ts'
import {invoke} from '../../src/operations/invoke.ts'
import {operator} from '../../src/operations/principal.ts'
import {createTenantOperation} from '../../src/operations/tenants.ts'
import type {Runtime} from '../../src/runtime/runtime.ts'
import {run} from '../support/cli.ts'
import {testRuntime} from '../support/server.ts'
import {onBothEngines} from '../support/stores.ts'

const principal = operator('ana')
const fileOf = (key: string) => `flow: ${key}
trigger: {type: keyword, keywords: [${key}]}
nodes:
  - {id: a, type: message, data: {text: "Oi", buttons: [Sim, Não]}, next: w}
  - {id: w, type: wait}
`

onBothEngines('people inside a flow', (place) => {
  let runtime: Runtime
  let tenant: string
  let cwd: string
  const releases: Record<string, string> = {}
  const people = (id: string) => invoke(runtime, countPeople, {id}, {principal, tenant})

  beforeAll(async () => {
    cwd = mkdtempSync(join(tmpdir(), 'pytake-people-'))
    runtime = await testRuntime(place().env())
    tenant = (await invoke(runtime, createTenantOperation, {name: 'Gente'}, {principal})).id
    const db = runtime.stores.tenant(tenant)
    for (const key of ['um', 'dois']) {
      const {flow} = loadFlow(fileOf(key), `${key}.yaml`)
      if (!flow) throw new Error(key)
      await applyFlows(db, [flow], {author: 'ana', now: Date.now(), ids: runtime.ids})
      const {release} = await db.read((q) =>
        q
          .selectFrom('flow_releases')
          .innerJoin('flows', 'flows.id', 'flow_releases.flow_id')
          .select('flow_releases.release')
          .where('flow_key', '=', key)
          .executeTakeFirstOrThrow(),
      )
      releases[key] = release
    }
    writeFileSync(join(cwd, 'um.yaml'), fileOf('um'))
  })
  afterAll(async () => {
    await runtime.close()
    rmSync(cwd, {recursive: true, force: true})
  })

  /** Somebody in a conversation of their own. */
  async function stands(key: string, node: string | null, status: string): Promise<void> {
    const db = runtime.stores.tenant(tenant)
    const [contact, conversation, session, flow] = [runtime.ids.next(), runtime.ids.next(), runtime.ids.next(), key]
    const config = await configOf()
    const now = new Date()
    await db.write(async (tx) => {
      const row = await tx.db.selectFrom('flows').select('id').where('flow_key', '=', flow).executeTakeFirstOrThrow()
      await tx.insert('contacts', [
        {id: contact, tenant_id: tenant, phone: null, name: null, email: null, tags: null, attributes: null},
      ])
      await tx.insert('conversations', [
        {
          id: conversation,
          tenant_id: tenant,
          whatsapp_config_id: config,
          contact_id: contact,
          holder: 'bot',
          reply_to: 'jid:x',
          status: 'active',
        },
      ])
      await tx.insert('flow_sessions', [
        {
          id: session,
          flow_id: row.id,
          conversation_id: conversation,
          current_node_id: node,
          status,
          contact_id: contact,
          config_id: config,
          release: releases[key] ?? '',
          expires_at: now,
          started_at: now,
        },
      ])
    })
  }

  let config: string | undefined
  const configOf = async () =>
    (config ??= (
      await addConfig(runtime, runtime.stores.tenant(tenant), {
        name: 'principal',
        api_type: 'official',
        phone_number: '+551140000001',
        phone_number_id: '106540352242922',
        business_account_id: '102290129340398',
        access_token: 'token',
        app_secret: 'secret',
        daily_limit: null,
        rate_limit_per_minute: null,
      })
    ).id)

  describe('are counted node by node', () => {
    it('none before anybody came', async () => {
      expect(await people('um')).toEqual({flow: 'um', total: 0, data: []})
    })

    it('those who are there now and nobody else, whoever holds the conversation', async () => {
      await stands('um', 'w', 'active')
      await stands('um', 'w', 'active')
      await stands('um', 'w', 'transferred')
      await stands('um', 'a', 'calling')
      await stands('um', 'w', 'completed')
      await stands('um', 'w', 'failed')
      await stands('dois', 'w', 'active')
      expect((await people('um')).data).toEqual([
        {node: 'w', version: 1, count: 3, with_person: 1},
        {node: 'a', version: 1, count: 1, with_person: 0},
      ])
      expect((await people('dois')).data).toMatchObject([{node: 'w', count: 1}])
    })

    it('and flow graph paints them on', async () => {
      const env = place().env()
      const ran = await run(['flow', 'graph', 'um.yaml', '--sessions', '-t', 'Gente'], {env, cwd})
      expect(ran).toMatchObject({exitCode: 0, stdout: expect.stringMatching(/^w {2}wait .* 3 people$/m)})
      const json = await run(['flow', 'graph', 'um.yaml', '--sessions', '-t', 'Gente', '--json'], {env, cwd})
      expect(json.json().people).toEqual({a: 1, w: 3})
      writeFileSync(join(cwd, 'novo.yaml'), fileOf('um').replaceAll(/\bw\b/g, 'w2'))
      const renamed = await run(['flow', 'graph', 'novo.yaml', '--sessions', '-t', 'Gente'], {env, cwd})
      expect(renamed.stderr).toContain('3 people are at w, which this file does not have.')
    })

    it('of a flow that there is not is an error', async () => {
      await expect(people('tres')).rejects.toMatchObject({code: 'NOT_FOUND'})
    })
  })
})
