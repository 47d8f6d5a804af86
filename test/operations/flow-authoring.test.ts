import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
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
  error: {details: unknown[]; message: string}
  id: string
  draft: {definition: unknown} | null
  data: {flow: string}[]
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

  const publish = (flow: string, text?: string) =>
    ask(text === undefined ? 'POST' : 'PUT', text === undefined ? '/flows' : `/flows/${flow}`, {
      ...definition(flow, text),
      publish: true,
    })

  it('a definition becomes a live flow when it is to be published', async () => {
    const made = await publish('um')
    expect(made).toMatchObject({
      status: 201,
      body: {flow: 'um', version: 1, is_active: true, name: 'Fluxo um', draft: null, has_draft: false},
    })
    expect(await publish('um')).toMatchObject({status: 409, body: {error: {code: 'CONFLICT'}}})
    expect((await ask('POST', '/flows', definition('um'))).status).toBe(409)
  })

  describe('a draft', () => {
    it('of a new flow answers nobody, is tested and changed, and becomes release 1 of the same flow', async () => {
      const made = await ask('POST', '/flows', definition('novo'))
      expect(made).toMatchObject({
        status: 201,
        body: {
          ...{flow: 'novo', version: 0, is_active: false, has_draft: true, shown: null, definition: null},
          draft: {revision: 1, base_version: 0, definition: {flow: 'novo'}, warnings: []},
        },
      })
      expect((await ask('POST', '/flows', definition('novo'))).status).toBe(409)
      const dialogues = [{name: 'diz', steps: [{say: 'novo'}, {expect: {text: 'Bem-vindo'}}]}]
      expect(await ask('POST', '/flows/novo/test', {dialogues})).toMatchObject({body: {files: [{passed: false}]}})
      const edited = await ask('PUT', '/flows/novo', definition('novo', 'Bem-vindo'), {'if-match': made.etag})
      expect(edited.status, 'an answer to POST has no tag').toBe(412)
      const seen = (await ask('GET', '/flows/novo')).etag
      const again = await ask('PUT', '/flows/novo', definition('novo', 'Bem-vindo'), {'if-match': seen})
      expect(again).toMatchObject({status: 200, body: {version: 0, draft: {revision: 2}}})
      expect((await ask('PUT', '/flows/novo', definition('novo', 'Tarde'), {'if-match': seen})).status).toBe(412)
      expect(await ask('POST', '/flows/novo/test', {dialogues})).toMatchObject({body: {files: [{passed: true}]}})
      expect((await ask('GET', '/flows?removed=false')).body.data.find(({flow}) => flow === 'novo')).toMatchObject({
        ...{version: 0, has_draft: true, is_active: false},
      })
      const live = await ask('POST', '/flows/novo/publish', {note: 'primeira'})
      expect(live).toMatchObject({
        status: 200,
        body: {version: 1, is_active: true, has_draft: false, draft: null, shown: {note: 'primeira'}},
      })
      expect(live.body.id).toBe(made.body.id)
      expect(live.body.definition).toEqual(again.body.draft?.definition)
    })

    it('keeps what an edit leaves out, and loses what it clears', async () => {
      const trigger = {trigger: 'keyword', trigger_value: 'boleto'}
      await ask('POST', '/flows', {...definition('parte'), ...trigger, description: 'Primeira', publish: true})
      const draftAfter = async (change: object) => {
        const {status, body} = await ask('PUT', '/flows/parte', change)
        expect(status, JSON.stringify(body)).toBe(200)
        return body.draft?.definition
      }
      const first = {name: 'Fluxo parte', description: 'Primeira', trigger: {type: 'keyword', keywords: ['boleto']}}
      expect(await draftAfter({name: 'Outro nome'})).toMatchObject({...first, name: 'Outro nome'})
      const cleared = await draftAfter({description: null})
      expect(cleared).toMatchObject({name: 'Outro nome', trigger: first.trigger})
      expect(cleared).not.toHaveProperty('description')
      expect(await draftAfter({trigger: 'message_received'})).toMatchObject({trigger: {type: 'message_received'}})
      const {nodes} = definition('parte', 'Olá')
      expect(JSON.stringify(await draftAfter({nodes}))).toContain('Olá')
      const {body} = await ask('PUT', '/flows/parte', {publish: true, note: 'junta tudo'})
      expect(body).toMatchObject({version: 2, draft: null, shown: {note: 'junta tudo'}, name: 'Outro nome'})
    })

    it('keeps the values that the variables of its file had, unless they are given anew', async () => {
      const written = definition('valores', '${var.saudacao}')
      await ask('POST', '/flows', {...written, variables: {saudacao: 'Bom dia'}})
      const kept = await ask('PUT', '/flows/valores', {name: 'Só o nome'})
      expect(JSON.stringify(kept.body.draft)).toContain('Bom dia')
      await ask('PUT', '/flows/valores', {...written, variables: {saudacao: 'Boa tarde'}})
      const anew = await ask('PUT', '/flows/valores', {name: 'E a noite', variables: {saudacao: 'Boa noite'}})
      expect(JSON.stringify(anew.body.draft)).toContain('Boa noite')
    })

    it('of a live flow changes nothing of what is live until it is published', async () => {
      await publish('vivo')
      const saved = await ask('PUT', '/flows/vivo', definition('vivo', 'Olá'))
      expect(saved).toMatchObject({status: 200, body: {version: 1, is_active: true, has_draft: true}})
      expect(JSON.stringify(saved.body.nodes)).toContain('Oi')
      expect(JSON.stringify(saved.body.draft)).toContain('Olá')
      expect((await ask('GET', '/flows/vivo/releases')).body.data).toHaveLength(1)
      expect(await ask('POST', '/flows/vivo/publish', {})).toMatchObject({status: 200, body: {version: 2, draft: null}})
    })

    it('is refused when another release came in between, and goes out when it is saved again', async () => {
      await publish('corrida')
      await ask('PUT', '/flows/corrida', definition('corrida', 'Rascunho'))
      await ask('POST', '/flows/apply', {
        files: [{name: 'corrida.json', text: JSON.stringify(definition('corrida', 'Do CI'))}],
      })
      expect(await ask('POST', '/flows/corrida/publish', {})).toMatchObject({
        status: 412,
        body: {error: {code: 'STALE', message: expect.stringContaining('made on r1, and r2 is live now')}},
      })
      expect(await ask('GET', '/flows/corrida')).toMatchObject({body: {version: 2, has_draft: true}})
      await ask('PUT', '/flows/corrida', definition('corrida', 'Rascunho'))
      expect(await ask('POST', '/flows/corrida/publish', {})).toMatchObject({status: 200, body: {version: 3}})
    })

    it('is left alone by apply, which makes a flow of the same key its first release', async () => {
      const made = await ask('POST', '/flows', definition('arquivo', 'Rascunho'))
      const files = [{name: 'arquivo.json', text: JSON.stringify(definition('arquivo', 'Do arquivo'))}]
      expect(await ask('POST', '/flows/apply', {files})).toMatchObject({
        status: 200,
        body: {data: [{action: 'created', flow: 'arquivo', version: 1, has_draft: true, id: made.body.id}]},
      })
      expect(await ask('POST', '/flows/arquivo/publish', {})).toMatchObject({status: 412})
    })

    it('that is published twice at once goes out once', async () => {
      await ask('POST', '/flows', definition('dobro'))
      const answers = await Promise.all([1, 2, 3].map(() => ask('POST', '/flows/dobro/publish', {})))
      expect(answers.map(({status}) => status).sort()[0]).toBe(200)
      expect((await ask('GET', '/flows/dobro/releases')).body.data).toHaveLength(1)
    })

    it('is thrown away; with a flow that was never published the flow goes too', async () => {
      await publish('fica')
      await ask('PUT', '/flows/fica', definition('fica', 'Olá'))
      expect((await ask('DELETE', '/flows/fica/draft')).status).toBe(204)
      expect(await ask('GET', '/flows/fica')).toMatchObject({body: {is_active: true, draft: null}})
      expect((await ask('DELETE', '/flows/fica/draft')).status).toBe(404)
      for (const path of ['/flows/some/draft', '/flows/some']) {
        await ask('POST', '/flows', definition('some'))
        expect((await ask('DELETE', path)).status).toBe(204)
        expect((await ask('GET', '/flows/some')).status).toBe(404)
      }
    })

    it('of a flow that was taken off the air waits there, and brings it back', async () => {
      await publish('volta')
      await ask('DELETE', '/flows/volta')
      expect(await ask('POST', '/flows', definition('volta', 'De novo'))).toMatchObject({
        status: 201,
        body: {is_active: false, version: 1, has_draft: true},
      })
      expect(await ask('POST', '/flows/volta/publish', {})).toMatchObject({body: {is_active: true, version: 2}})
    })

    it('takes no note, which belongs to a release, and says what asks for a release that is not there', async () => {
      expect((await ask('POST', '/flows', {...definition('nota'), note: 'x'})).status).toBe(422)
      await ask('POST', '/flows', definition('vazio'))
      for (const path of ['/flows/vazio/analytics', '/flows/vazio?version=1']) {
        expect((await ask('GET', path)).status, path).toBe(404)
      }
      expect((await ask('GET', '/flows/vazio/analytics')).body.error.message).toContain('only a draft')
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

  it('an edit that is published is a new release, made only of what its author saw', async () => {
    await publish('dois')
    const seen = (await ask('GET', '/flows/dois')).etag
    const edit = (text: string) =>
      ask('PUT', '/flows/dois', {...definition('dois', text), publish: true}, {'if-match': seen})
    expect(await edit('Olá')).toMatchObject({status: 200, body: {version: 2, shown: {version: 2}}})
    expect((await edit('Ei')).status).toBe(412)
    expect((await ask('GET', '/flows/dois')).body.version).toBe(2)
    expect((await ask('PUT', '/flows/dois', definition('outro'))).status).toBe(422)
    expect((await ask('PUT', '/flows/ninguem', definition('ninguem'))).status).toBe(404)
  })

  it('publishes a release that is there, also of a flow that was removed', async () => {
    await publish('tres')
    await publish('tres', 'Olá')
    const back = await ask('POST', '/flows/tres/publish', {version: 1, note: 'volta'})
    expect(back).toMatchObject({status: 200, body: {version: 3, is_active: true, shown: {note: 'volta'}}})
    expect(back.body.nodes).toEqual((await ask('GET', '/flows/tres?version=1')).body.definition.nodes)
    expect((await ask('DELETE', '/flows/tres')).status).toBe(204)
    expect(await ask('POST', '/flows/tres/publish', {})).toMatchObject({status: 200, body: {is_active: true}})
    expect((await ask('POST', '/flows/tres/publish', {version: 99})).status).toBe(404)
    expect((await ask('POST', '/flows/ninguem/publish', {})).status).toBe(404)
  })

  it('plays dialogues against a release without touching anything', async () => {
    await publish('quatro')
    await publish('quatro', 'Olá')
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
