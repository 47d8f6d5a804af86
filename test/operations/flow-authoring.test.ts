import {join} from 'node:path'
import {afterAll, beforeAll, expect, it} from 'vitest'
import {listFlowTemplates} from '../../src/operations/flow-templates.ts'
import {createTokenOperation} from '../../src/operations/tokens.ts'
import {invoke} from '../../src/operations/invoke.ts'
import {startApi, type TestServer} from '../support/server.ts'
import {addCompany, shell} from '../support/signing-in.ts'
import {onBothEngines} from '../support/stores.ts'

const definition = (flow: string, text = 'Oi') => ({
  flow,
  name: `Fluxo ${flow}`,
  trigger: {type: 'keyword', keywords: [flow]},
  nodes: [
    {id: 'a', type: 'message', data: {text}, next: 'w'},
    {id: 'w', type: 'wait'},
  ],
})

/** What these tests look at. */
interface Answer {
  version: number
  nodes: unknown
  definition: {nodes: unknown}
  error: {details: unknown[]}
}

onBothEngines('flows written through the API', (place) => {
  let server: TestServer
  let token: string
  const ask = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const answer = await fetch(`${server.url}/api/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : {'content-type': 'application/json'}),
        ...headers,
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    })
    const text = await answer.text()
    const told = (text === '' ? {} : JSON.parse(text)) as Answer
    return {status: answer.status, etag: answer.headers.get('etag') ?? '', body: told}
  }

  beforeAll(async () => {
    server = await startApi(place().env())
    const caller = {...shell, tenant: await addCompany(server.runtime, 'Uma')}
    token = (await invoke(server.runtime, createTokenOperation, {name: 'a'}, caller)).token
  })
  afterAll(() => server.close())

  it('a definition becomes a live flow', async () => {
    const made = await ask('POST', '/flows', definition('um'))
    expect(made).toMatchObject({status: 201, body: {flow: 'um', version: 1, is_active: true, name: 'Fluxo um'}})
    expect(await ask('POST', '/flows', definition('um'))).toMatchObject({
      status: 409,
      body: {error: {code: 'CONFLICT'}},
    })
  })

  it('tells everything that is wrong, and keeps nothing', async () => {
    const {nodes, ...head} = definition('torto')
    const wrong = {...head, nodes: [...nodes, {id: 'a', type: 'wait'}, {id: 'x', type: 'dança'}]}
    const refused = await ask('POST', '/flows', wrong)
    expect(refused).toMatchObject({status: 422, body: {error: {code: 'INVALID_FILE'}}})
    expect(refused.body.error.details.length).toBeGreaterThan(1)
    expect((await ask('GET', '/flows/torto')).status).toBe(404)
    expect((await ask('POST', '/flows', {flow: 'torto'})).status).toBe(422)
  })

  it('an edit is a new release, made only of what its author saw', async () => {
    await ask('POST', '/flows', definition('dois'))
    const seen = (await ask('GET', '/flows/dois')).etag
    const edited = await ask('PUT', '/flows/dois', definition('dois', 'Olá'), {'if-match': seen})
    expect(edited).toMatchObject({status: 200, body: {version: 2, shown: {version: 2}}})
    expect((await ask('PUT', '/flows/dois', definition('dois', 'Ei'), {'if-match': seen})).status).toBe(412)
    expect((await ask('GET', '/flows/dois')).body.version).toBe(2)
    expect((await ask('PUT', '/flows/dois', definition('outro'))).status).toBe(422)
    expect((await ask('PUT', '/flows/ninguem', definition('ninguem'))).status).toBe(404)
  })

  it('publishes a release that is there, also of a flow that was removed', async () => {
    await ask('POST', '/flows', definition('tres'))
    await ask('PUT', '/flows/tres', definition('tres', 'Olá'))
    const back = await ask('POST', '/flows/tres/publish', {version: 1, note: 'volta'})
    expect(back).toMatchObject({status: 200, body: {version: 3, is_active: true, shown: {note: 'volta'}}})
    expect(back.body.nodes).toEqual((await ask('GET', '/flows/tres?version=1')).body.definition.nodes)
    expect((await ask('DELETE', '/flows/tres')).status).toBe(204)
    expect(await ask('POST', '/flows/tres/publish', {})).toMatchObject({status: 200, body: {is_active: true}})
    expect((await ask('POST', '/flows/tres/publish', {version: 99})).status).toBe(404)
    expect((await ask('POST', '/flows/ninguem/publish', {})).status).toBe(404)
  })

  it('plays dialogues against a release without touching anything', async () => {
    await ask('POST', '/flows', definition('quatro'))
    await ask('PUT', '/flows/quatro', definition('quatro', 'Olá'))
    const dialogue = (text: string) => ({name: 'diz', steps: [{say: 'quatro'}, {expect: {text}}]})
    const play = (text: string, more = {}) => ask('POST', '/flows/quatro/test', {dialogues: [dialogue(text)], ...more})
    expect(await play('Olá')).toMatchObject({status: 200, body: {files: [{passed: true, problems: []}]}})
    expect(await play('Oi')).toMatchObject({status: 200, body: {files: [{passed: false}]}})
    expect(await play('Oi', {version: 1})).toMatchObject({status: 200, body: {files: [{passed: true}]}})
    expect((await ask('GET', '/flows/quatro/people')).body).toMatchObject({total: 0})
    expect((await ask('POST', '/flows/quatro/test', {})).status).toBe(422)
    expect((await play('Oi', {version: 9})).status).toBe(404)
  })

  it('lists the templates of the server; one without any lists none', async () => {
    expect(await ask('GET', '/flows/templates')).toMatchObject({status: 200, body: {data: []}})
    const templates = join(import.meta.dirname, '../../templates/flows')
    const tenant = await addCompany(server.runtime, 'Modelos')
    const {data} = await invoke({...server.runtime, templates}, listFlowTemplates, {}, {...shell, tenant})
    expect(data.find(({template}) => template === 'boas-vindas')?.text).toContain('flow: boas-vindas')
    expect(data.every(({template}) => !template.endsWith('.test'))).toBe(true)
  })
})
