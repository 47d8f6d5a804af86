import {login} from '../../../src/operations/auth.ts'
import {invoke} from '../../../src/operations/invoke.ts'
import {createTokenOperation} from '../../../src/operations/tokens.ts'
import {addUser, nobody, PASSWORD, shell} from '../../support/signing-in.ts'
import {type Context, type Served, serveOn, tellCost} from '../context.ts'
import {atLeast, below, type Figure, medianOf, print, shareOf} from '../figure.ts'
import {addPeople} from '../fill.ts'
import {customerPhone} from '../names.ts'
import {addTenants, makePlace, type Place} from '../place.ts'

const CONNECTIONS = 32
const PEOPLE = 2000
const EMAIL = 'bench@example.com'
const LOGINS_A_SECOND = 10
/** A daemon's first seconds are its compiler's: which of the figures comes first must not tell. */
const WARMING_S = 5

interface Asked {
  name: string
  request: string
  least: number
}

/** One request and one like it to the bare server, in turns, so that both see the same machine. */
async function shareOfBare({load, bare, rounds, seconds}: Context, server: Served, {name, request, least}: Asked) {
  const answer = await once(server.port, request)
  if (answer.status > 299) throw new Error(`${name}: ${answer.status} ${answer.text}`)
  await bare.answer({name: 'same', ...answer})
  const toBare = request.replace(/^(\w+) \S+/, '$1 /bare/same')
  const rates: {own: number; bare: number}[] = []
  for (let round = 0; round <= rounds; round++) {
    const cpu = {own: await server.cpu(), bare: await bare.cpu()}
    await load.use([request])
    const own = await load.run({port: server.port, connections: CONNECTIONS, seconds, repeat: true})
    if (own.refused > 0) throw new Error(`${name}: ${own.refused} were refused.`)
    tellCost(name, (await server.cpu()) - cpu.own, own.perSecond * seconds)
    await load.use([toBare])
    const limit = await load.run({port: bare.port, connections: CONNECTIONS, seconds, repeat: true})
    tellCost(`bare ${name}`, (await bare.cpu()) - cpu.bare, limit.perSecond * seconds)
    // The first round warms both up.
    if (round > 0) rates.push({own: own.perSecond, bare: limit.perSecond})
  }
  const {own, bare: limit} = medianOf(rates)
  await load.use([request])
  // For longer: in so few seconds one stall of the disk is a twentieth of all.
  const long = 3 * seconds
  const half = await load.run({port: server.port, connections: CONNECTIONS, seconds: long, rate: own / 2, repeat: true})
  return [
    print(shareOf(limit, {name, value: own, unit: 'requests/s', least})),
    print(atLeast(1000, {name: `${name}, absolute`, value: own, unit: 'requests/s'})),
    print(below(20, {name: `${name}, p95 at half of that load`, value: half.p95, unit: 'ms'})),
  ]
}

async function warm({load}: Context, server: Served, asked: readonly Asked[]): Promise<void> {
  for (const {request} of asked) {
    await load.use([request])
    await load.run({port: server.port, connections: CONNECTIONS, seconds: WARMING_S, repeat: true})
  }
}

/** The same bytes as the load will send, once, and what is answered. */
async function once(port: number, request: string): Promise<{status: number; text: string}> {
  const [head = '', body = ''] = request.split('\r\n\r\n')
  const [first = '', ...lines] = head.split('\r\n')
  const [method = '', path = ''] = first.split(' ')
  const headers = Object.fromEntries(lines.map((line) => line.split(': ') as [string, string]))
  delete headers['content-length']
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, {method, headers, body: body === '' ? undefined : body})
  return {status: answer.status, text: await answer.text()}
}

const get = (path: string, token: string) =>
  `GET /api/v1${path} HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer ${token}\r\n\r\n`

function post(path: string, token: string | undefined, input: object): string {
  const body = JSON.stringify(input)
  const known = token === undefined ? '' : `authorization: Bearer ${token}\r\n`
  const length = Buffer.byteLength(body)
  return `POST /api/v1${path} HTTP/1.1\r\nhost: bench\r\n${known}content-type: application/json\r\ncontent-length: ${length}\r\n\r\n${body}`
}

/** People sign in, ten a second, while somebody else reads: the work of a password must not stand in their way. */
async function besideLogins({load, seconds}: Context, server: Served, request: string): Promise<Figure> {
  const until = performance.now() + seconds * 1000
  const logins: Promise<unknown>[] = []
  const signing = (async () => {
    while (performance.now() < until) {
      logins.push(once(server.port, post('/auth/login', undefined, {email: EMAIL, password: PASSWORD})))
      await new Promise((resolve) => setTimeout(resolve, 1000 / LOGINS_A_SECOND))
    }
  })()
  await load.use([request])
  const read = await load.run({port: server.port, connections: 4, seconds, rate: 100, repeat: true})
  await signing
  await Promise.all(logins)
  const name = `GET of one row, p99 during ${LOGINS_A_SECOND} logins a second`
  return print(below(50, {name, value: read.p99, unit: 'ms'}))
}

async function fill(place: Place) {
  const runtime = await place.open()
  try {
    const [db] = await addTenants(runtime, 1)
    if (!db) throw new Error('No tenant.')
    await addPeople(runtime, db, PEOPLE)
    const caller = {...shell, tenant: db.name}
    const {token} = await invoke(runtime, createTokenOperation, {name: 'bench'}, caller)
    await addUser(runtime, db.name, EMAIL, 'admin')
    const {access_token: jwt} = await invoke(runtime, login, {email: EMAIL, password: PASSWORD}, nobody)
    return {token, jwt}
  } finally {
    await runtime.close()
  }
}

/** What the API costs beside a bare route of the same server that gives back the same bytes. */
export async function api(context: Context): Promise<Figure[]> {
  const place = await makePlace('sqlite')
  Object.assign(place.env, {RATE_LIMIT_PER_SECOND: '1000000', RATE_LIMIT_BURST: '1000000'})
  try {
    const {token, jwt} = await fill(place)
    const server = await serveOn(place, ['api'])
    try {
      const figures: Figure[] = []
      for (const [who, credential] of Object.entries({'API token': token, JWT: jwt})) {
        const asked: Asked[] = [
          {name: `GET of one row, ${who}`, request: get(`/users/${EMAIL}`, credential), least: 0.25},
          {name: `list of 20, ${who}`, request: get('/contacts?limit=20', credential), least: 0.15},
          {
            name: `send, queued on disk, ${who}`,
            request: post('/whatsapp/send', credential, {to: `+${customerPhone(1)}`, text: 'Olá'}),
            least: 0.1,
          },
        ]
        if (figures.length === 0) await warm(context, server, asked)
        for (const one of asked) figures.push(...(await shareOfBare(context, server, one)))
      }
      figures.push(await besideLogins(context, server, get(`/users/${EMAIL}`, token)))
      return figures
    } finally {
      await server.stop()
    }
  } finally {
    await place.remove()
  }
}
