import {MockAgent} from 'undici'
import {afterEach, describe, expect, it} from 'vitest'
import {systemClock} from '../../src/base/clock.ts'
import {createHttp, HttpError, type HttpOptions, type HttpRequest} from '../../src/base/http.ts'
import {serve, serveBytes} from '../support/http-server.ts'

async function failureOf(promise: Promise<unknown>): Promise<HttpError> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(HttpError)
  return error as HttpError
}

const closedPort = async () => {
  const server = await serveBytes(() => {})
  await server[Symbol.asyncDispose]()
  return server.port
}

describe.each([
  ['undici', false],
  ["Node's own client", true],
])('over %s', (_, light) => {
  const open = (more: Partial<HttpOptions> = {}) => createHttp({clock: systemClock, light, ...more})
  const http = open()
  afterEach(() => http.close())

  const call = (url: string, more: Partial<HttpRequest> = {}) =>
    http.request({
      method: 'POST',
      url,
      body: '{}',
      policy: {kind: 'configured', allowPrivate: true},
      timeoutMs: 5_000,
      ...more,
    })

  describe('a call that gets an answer', () => {
    it('sends method, path, headers and body, and returns status, headers and bytes', async () => {
      await using server = await serve((request, response) => {
        let body = ''
        request.on('data', (chunk) => (body += String(chunk)))
        request.on('end', () => {
          response.writeHead(201, {'x-seen': String(request.headers['x-mine']), 'set-cookie': ['a=1', 'b=2']})
          response.end(`${request.method} ${request.url} ${body}`)
        })
      })
      const answer = await call(`${server.url}/a/b?c=d`, {method: 'PUT', body: 'olá', headers: {'x-mine': 'yes'}})
      expect(answer.status).toBe(201)
      expect(answer.body.toString()).toBe('PUT /a/b?c=d olá')
      expect(answer.headers).toMatchObject({'x-seen': 'yes', 'set-cookie': 'a=1, b=2'})
    })

    it('sends a form with a file', async () => {
      await using server = await serve((request, response) => {
        const chunks: Buffer[] = []
        request.on('data', (chunk: Buffer) => chunks.push(chunk))
        request.on('end', () => response.end(`${request.headers['content-type']}\n${Buffer.concat(chunks).toString()}`))
      })
      const form = new FormData()
      form.set('type', 'text/plain')
      form.set('file', new Blob(['bytes'], {type: 'text/plain'}), 'a.txt')
      const text = (await call(server.url, {body: form})).body.toString()
      expect(text).toMatch(/^multipart\/form-data; boundary=/)
      expect(text).toContain('filename="a.txt"')
      expect(text).toContain('bytes')
    })

    it('returns an error status as an answer', async () => {
      await using server = await serve((_request, response) => response.writeHead(503).end('busy'))
      expect(await call(server.url)).toMatchObject({status: 503})
    })

    it('uses sockets again', async () => {
      await using server = await serve((_request, response) => response.end('ok'))
      for (let i = 0; i < 10; i++) await call(server.url)
      // A finished socket rests for one turn of the loop, so a call at once after another takes a second one.
      expect(server.connections()).toBeLessThanOrEqual(2)
    })

    it('makes calls that wait for a socket one after another on it', async () => {
      await using server = await serve((request, response) => response.end(request.url))
      const narrow = open({connections: 1})
      const base = {method: 'GET', policy: {kind: 'configured', allowPrivate: true}, timeoutMs: 5_000} as const
      const answers = await Promise.all(
        ['/a', '/b', '/c'].map((path) => narrow.request({...base, url: server.url + path})),
      )
      expect(answers.map(({body}) => body.toString())).toEqual(['/a', '/b', '/c'])
      expect(server.connections()).toBe(1)
      await narrow.close()
    })
  })

  describe('what surely was not taken fails in phase before', () => {
    it('a refused connection', async () => {
      const error = await failureOf(call(`http://127.0.0.1:${await closedPort()}`))
      expect(error).toMatchObject({code: 'connect', phase: 'before'})
    })

    it('a name that does not exist', async () => {
      const error = await failureOf(call('http://does-not-exist.invalid'))
      expect(error).toMatchObject({code: 'dns', phase: 'before'})
    })

    it('a server that does not speak TLS', async () => {
      await using server = await serve((_request, response) => response.end())
      const error = await failureOf(call(`https://127.0.0.1:${server.port}`))
      expect(error).toMatchObject({code: 'tls', phase: 'before'})
    })

    it('a TLS handshake that is cut off or never ends', async () => {
      await using cutting = await serveBytes((socket) => socket.once('data', () => socket.destroy()))
      expect(await failureOf(call(`https://127.0.0.1:${cutting.port}`))).toMatchObject({phase: 'before'})
      await using silent = await serveBytes(() => {})
      const error = await failureOf(call(`https://127.0.0.1:${silent.port}`, {timeoutMs: 50}))
      expect(error).toMatchObject({code: 'timeout', phase: 'before'})
    })

    it('a call that waited for a free socket until its time was over, and it is not written later', async () => {
      const seen: string[] = []
      let release = () => {}
      await using server = await serve((request, response) => {
        seen.push(request.url ?? '')
        release = () => response.end('ok')
      })
      const narrow = open({connections: 1})
      const base = {method: 'POST', policy: {kind: 'configured', allowPrivate: true}, body: '{}'} as const
      const first = narrow.request({...base, url: `${server.url}/first`, timeoutMs: 5_000})
      await expect.poll(() => seen).toEqual(['/first'])
      const error = await failureOf(narrow.request({...base, url: `${server.url}/second`, timeoutMs: 30}))
      expect(error).toMatchObject({code: 'timeout', phase: 'before'})
      release()
      await first
      await narrow.close()
      expect(seen).toEqual(['/first'])
    })

    it.each([
      ['not a url', 'invalid'],
      ['ftp://example.com/', 'blocked'],
      ['https://user:secret@example.com/', 'blocked'],
    ])('%s', async (url, code) => {
      const error = await failureOf(call(url))
      expect(error).toMatchObject({code, phase: 'before'})
      expect(error.message).not.toContain('secret')
    })

    it('a header that cannot be written', async () => {
      await using server = await serve((_request, response) => response.end())
      const error = await failureOf(call(server.url, {headers: {'x-bad': 'a\r\nb: c'}}))
      expect(error).toMatchObject({code: 'invalid', phase: 'before'})
    })

    it('a call aborted before it began', async () => {
      const error = await failureOf(call('http://127.0.0.1:9', {signal: AbortSignal.abort()}))
      expect(error).toMatchObject({code: 'aborted', phase: 'before'})
    })
  })

  describe('what may have been taken fails in phase after', () => {
    it('a connection reset once the request was written', async () => {
      await using server = await serveBytes((socket) => socket.once('data', () => socket.resetAndDestroy()))
      expect(await failureOf(call(server.url))).toMatchObject({code: 'reset', phase: 'after'})
    })

    it('a connection closed without an answer', async () => {
      await using server = await serveBytes((socket) => socket.once('data', () => socket.end()))
      expect(await failureOf(call(server.url))).toMatchObject({code: 'reset', phase: 'after'})
    })

    it('a connection closed as soon as it was accepted', async () => {
      await using server = await serveBytes((socket) => socket.destroy())
      expect(await failureOf(call(server.url))).toMatchObject({code: 'reset', phase: 'after'})
    })

    it('a half-open server that never answers', async () => {
      await using server = await serveBytes(() => {})
      expect(await failureOf(call(server.url, {timeoutMs: 50}))).toMatchObject({code: 'timeout', phase: 'after'})
    })

    it('a body that stops half way', async () => {
      await using server = await serveBytes((socket) =>
        socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf')),
      )
      expect(await failureOf(call(server.url))).toMatchObject({code: 'reset', phase: 'after'})
    })

    it('a body that drips for longer than the whole call may take', async () => {
      await using server = await serve((_request, response) => {
        const timer = setInterval(() => response.write('.'), 10)
        response.on('close', () => clearInterval(timer))
      })
      expect(await failureOf(call(server.url, {timeoutMs: 80}))).toMatchObject({code: 'timeout', phase: 'after'})
    })

    it('a body above the limit, announced or not', async () => {
      await using announced = await serve((_request, response) => response.end(Buffer.alloc(2000)))
      expect(await failureOf(call(announced.url, {maxBytes: 1999}))).toMatchObject({code: 'too_large', phase: 'after'})
      await using streamed = await serve((_request, response) => {
        for (let i = 0; i < 100; i++) response.write(Buffer.alloc(1000))
        response.end()
      })
      expect(await failureOf(call(streamed.url, {maxBytes: 1999}))).toMatchObject({code: 'too_large', phase: 'after'})
      expect((await call(announced.url, {maxBytes: 2000})).body).toHaveLength(2000)
    })

    it('but not when only the beginning is wanted: the rest is cut off, the connection let go', async () => {
      let closed = false
      await using endless = await serve((request, response) => {
        request.socket.on('close', () => (closed = true))
        const more = () => response.write('x'.repeat(1000)) && setImmediate(more)
        response.on('drain', more)
        more()
      })
      const answer = await call(endless.url, {maxBytes: 1024, cut: true})
      expect(answer).toMatchObject({status: 200, body: Buffer.from('x'.repeat(1024))})
      await expect.poll(() => closed).toBe(true)
      await using announced = await serve((_request, response) => response.end(Buffer.alloc(2000)))
      expect((await call(announced.url, {maxBytes: 10, cut: true})).body).toHaveLength(10)
      expect((await call(announced.url, {maxBytes: 2000, cut: true})).body).toHaveLength(2000)
    })

    it('an answer that is not HTTP', async () => {
      await using server = await serveBytes((socket) => socket.once('data', () => socket.write('220 smtp ready\r\n')))
      expect(await failureOf(call(server.url))).toMatchObject({code: 'bad_answer', phase: 'after'})
    })

    it('an abort while waiting for the answer', async () => {
      const abort = new AbortController()
      await using server = await serve(() => abort.abort())
      expect(await failureOf(call(server.url, {signal: abort.signal}))).toMatchObject({code: 'aborted', phase: 'after'})
    })

    it('a kept-alive socket that died: the request is written at most once', async () => {
      let requests = 0
      await using server = await serveBytes((socket) => {
        let onThisSocket = 0
        socket.on('data', () => {
          requests++
          if (++onThisSocket === 1) return socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok')
          return socket.destroy()
        })
      })
      const narrow = open({connections: 1})
      const request = {method: 'POST', url: server.url, body: '{}', timeoutMs: 5_000} as const
      const policy = {kind: 'configured', allowPrivate: true} as const
      await narrow.request({...request, policy})
      expect(await failureOf(narrow.request({...request, policy}))).toMatchObject({code: 'reset', phase: 'after'})
      expect(requests).toBe(2)
      await narrow.close()
    })
  })

  describe('addresses', () => {
    const literals = [
      '127.0.0.1',
      '127.1',
      '2130706433',
      '0177.0.0.1',
      '0x7f000001',
      '0x7f.0x0.0x0.0x1',
      '127.0.0.1.',
      '１２７.0.0.1',
      '0.0.0.0',
      '10.1.2.3',
      '100.64.0.1',
      '169.254.169.254',
      '168.63.129.16',
      '172.31.0.1',
      '192.168.0.1',
      '198.18.0.1',
      '224.0.0.1',
      '255.255.255.255',
      '[::]',
      '[::1]',
      '[::ffff:127.0.0.1]',
      '[::ffff:7f00:1]',
      '[::127.0.0.1]',
      '[64:ff9b::a00:1]',
      '[fc00::1]',
      '[fd00:ec2::254]',
      '[fe80::1]',
      '[ff02::1]',
      '[2002:7f00:1::]',
      '[2001:db8::1]',
    ]

    it.each(literals)('%s is refused to a public call', async (host) => {
      const request = {method: 'GET', policy: {kind: 'public'}, timeoutMs: 1_000} as const
      const error = await failureOf(http.request({...request, url: `http://${host}:1/`}))
      expect(error).toMatchObject({code: 'blocked', phase: 'before'})
    })

    it.each(['localhost', 'LocalHost'])('%s is refused when it is resolved; to where is untold', async (host) => {
      const error = await failureOf(call(`http://${host}:1/`, {policy: {kind: 'public'}}))
      expect(error).toMatchObject({code: 'blocked', phase: 'before'})
      expect(error.message).toBe('localhost leads to what is not a public address.')
    })

    it('a configured address may be private only when the operator allowed it, by call or by network', async () => {
      await using server = await serve((_request, response) => response.end('ok'))
      const configured = {policy: {kind: 'configured'}} as const
      expect(await failureOf(call(server.url, configured))).toMatchObject({code: 'blocked', phase: 'before'})
      const allowing = open({allowNetworks: ['127.0.0.0/8']})
      const request = {method: 'GET', url: server.url, timeoutMs: 5_000} as const
      expect(await allowing.request({...request, ...configured})).toMatchObject({status: 200})
      expect(await failureOf(allowing.request({...request, policy: {kind: 'public'}}))).toMatchObject({code: 'blocked'})
      await allowing.close()
    })

    it.each(['169.254.169.254', '[fd00:ec2::254]', '[::ffff:169.254.169.254]'])(
      'the metadata address %s is refused to everyone',
      async (host) => {
        expect(await failureOf(call(`http://${host}/latest`))).toMatchObject({code: 'blocked', phase: 'before'})
      },
    )

    it('refuses a network it cannot read', () => {
      expect(() => open({allowNetworks: ['intranet']})).toThrow('Write it like 10.0.0.0/8')
    })
  })

  describe('redirects', () => {
    const redirecting = (status: number, location: (port: number) => string) =>
      serve((request, response) => {
        if (request.url === '/end') return response.end(`${request.method} ${request.headers.authorization ?? 'none'}`)
        const port = request.socket.localPort ?? 0
        return response.writeHead(status, {location: location(port)}).end()
      })
    const secret = {authorization: 'Bearer secret'}

    it.each([302, 307, 308])('a call that stays takes %s for the answer', async (status) => {
      await using server = await redirecting(status, () => '/end')
      for (const method of ['GET', 'POST'] as const) {
        expect(await call(server.url, {method, stay: true})).toMatchObject({status, headers: {location: '/end'}})
      }
    })

    it.each([301, 302, 303, 307, 308])('a GET follows %s on the same host with its headers', async (status) => {
      await using server = await redirecting(status, () => '/end')
      const answer = await call(server.url, {method: 'GET', body: undefined, headers: secret})
      expect(answer.body.toString()).toBe('GET Bearer secret')
    })

    it('a GET loses its headers on another host', async () => {
      await using server = await redirecting(302, (port) => `http://localhost:${port}/end`)
      const answer = await call(server.url, {method: 'GET', body: undefined, headers: secret})
      expect(answer.body.toString()).toBe('GET none')
    })

    it.each([
      [301, 'http://127.0.0.1', 301],
      [302, 'http://127.0.0.1', 302],
      [303, 'http://127.0.0.1', 303],
      [307, 'http://127.0.0.1', 200],
      [308, 'http://127.0.0.1', 200],
      [307, 'http://localhost', 307],
    ])('a POST answered %i to %s ends with %i', async (status, host, expected) => {
      await using server = await redirecting(status, (port) => `${host}:${port}/end`)
      expect(await call(server.url, {headers: secret})).toMatchObject({status: expected})
    })

    it('goes three times and no further', async () => {
      await using server = await serve((request, response) => {
        const left = Number(request.url?.slice(1))
        return left === 0 ? response.end('there') : response.writeHead(302, {location: `/${left - 1}`}).end()
      })
      expect((await call(`${server.url}/3`, {method: 'GET'})).body.toString()).toBe('there')
      expect(await failureOf(call(`${server.url}/4`, {method: 'GET'}))).toMatchObject({
        code: 'redirect',
        phase: 'after',
      })
    })

    it.each(['http://127.0.0.1/', 'http://[::ffff:10.0.0.1]/', 'file:///etc/passwd', 'http://a:b@example.com/'])(
      'a public host cannot send us to %s',
      async (location) => {
        const outside = new MockAgent()
        outside.disableNetConnect()
        outside.get('https://public.example').intercept({path: '/'}).reply(302, '', {headers: {location}})
        const faked = open({dispatcher: outside})
        const request = {
          method: 'GET',
          policy: {kind: 'public'},
          timeoutMs: 5_000,
          url: 'https://public.example/',
        } as const
        expect(await failureOf(faked.request(request))).toMatchObject({code: 'blocked', phase: 'after'})
        await outside.close()
      },
    )
  })
})
