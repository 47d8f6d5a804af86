import {expect, it} from 'vitest'
import {localAndRemote} from '../support/both-ways.ts'

/** Of the Internet, for documents that are cited; nobody answers there, and no name has to be resolved. */
const PUBLIC = 'http://93.184.216.34:9/pytake?token=abc'

localAndRemote('hooks', ({where, pytake, file}) => {
  const hook = (verb: string, ...rest: string[]) => pytake(['hook', verb, ...rest, '-t', 'Nobody else'])
  const name = `crm-${where}`
  const key = Buffer.alloc(32, where).toString('base64')

  it('are added with a secret that is shown once', async () => {
    const added = await hook(
      'add',
      '--name',
      name,
      '--url',
      PUBLIC,
      '--type',
      'message_received,message_read',
      '--json',
    )
    expect(added.exitCode, added.stderr).toBe(0)
    const {secret, ...shown} = added.json()
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/)
    expect(shown).toMatchObject({
      name,
      url: PUBLIC,
      types: ['message_received', 'message_read'],
      ordered: false,
      concurrency: 4,
      state: 'active',
      secret_set: true,
      pending: 0,
      dead: 0,
    })
    expect(added.stderr).toContain('not shown again')
    const after = await hook('show', name, '--json')
    expect(after.json()).toEqual({...shown, secret: null})
    const list = (await hook('list', '--json')).json()
    expect(list.data.find((row: {id: string}) => row.id === shown.id)).toEqual({...shown, secret: null})
    expect((await pytake(['audit', '-t', 'Nobody else', '--json'])).stdout).not.toMatch(/whsec|token=abc/)
  })

  it('are changed, paused and resumed', async () => {
    const edited = await hook('edit', name, '--type', '*', '--type', 'message_read', '--ordered', '--json')
    expect(edited.json()).toMatchObject({types: ['*'], ordered: true, url: PUBLIC})
    expect((await hook('edit', name, '--no-ordered', '--concurrency', '8')).stdout).toContain('tells\t8 at once\n')
    expect((await hook('pause', name, '--json')).json()).toMatchObject({state: 'paused'})
    const shown = await hook('show', name)
    expect(shown.stderr).toContain(`pytake hook resume ${name}`)
    expect((await hook('resume', name, '--json')).json()).toMatchObject({state: 'active', reason: null})
  })

  it('get a new secret, while the one before is good for a time', async () => {
    const rotated = await hook(
      'rotate',
      name,
      '--secret-file',
      file('secret', `whsec_${key}\n`),
      '--keep',
      '2h',
      '--json',
    )
    expect(rotated.exitCode, rotated.stderr).toBe(0)
    expect(rotated.json()).toMatchObject({secret: `whsec_${key}`, old_secret_until: expect.any(String) as string})
    const at = await hook('rotate', name, '--keep', '0', '--json')
    expect(at.json()).toMatchObject({old_secret_until: null})
    expect(at.json().secret).not.toBe(`whsec_${key}`)
    const short = await hook('rotate', name, '--secret-file', file('short', 'whsec_YWJj'))
    expect(short.stderr).toContain('24 to 64 bytes')
    expect(short.exitCode).toBe(2)
  })

  it('have deliveries, and none to replay yet', async () => {
    expect((await hook('deliveries', name, '--state', 'dead', '--json')).json().data).toEqual([])
    expect((await hook('replay', name, '--all', '--json')).json()).toEqual({replayed: 0})
  })

  it.each([
    ['loopback', 'http://127.0.0.1:9000/', 'is not a public address'],
    ['loopback in digits', 'http://2130706433/', 'is not a public address'],
    ['IPv6 loopback', 'http://[::1]/', 'is not a public address'],
    ['mapped into IPv6', 'http://[::ffff:10.0.0.1]/', 'is not a public address'],
    ['a private network', 'https://10.1.2.3/', 'is not a public address'],
    ['metadata of a cloud', 'http://169.254.169.254/latest', 'is not a public address'],
    ['a name of this machine', 'http://localhost/', 'is not a public address'],
    ['a password in it', 'https://user:pass@example.com/', 'carries a user name or password'],
    ['another protocol', 'ftp://example.com/', 'must be an address such as'],
    ['no address', 'example', 'must be an address such as'],
  ])('are refused at once with %s', async (_what, url, words) => {
    const added = await hook('add', '--name', `x-${where}`, '--url', url, '--type', '*')
    expect(added.stderr).toContain(words)
    expect(added.exitCode).toBe(2)
    const edited = await hook('edit', name, '--url', url)
    expect(edited.stderr).toContain(words)
    expect(edited.exitCode).toBe(2)
  })

  it.each([
    ['an unknown type', ['add', '--name', 'y', '--url', PUBLIC, '--type', 'message'], 2, 'known: *, message_received'],
    [
      'a type that is in no log',
      ['add', '--name', 'y', '--url', PUBLIC, '--type', 'node_up'],
      2,
      'not told of node_up',
    ],
    ['a name that is taken', ['add', '--name', name, '--url', PUBLIC, '--type', '*'], 6, 'is there already'],
    ['no type', ['edit', name, '--type', ','], 2, 'types'],
    ['a hook nobody knows', ['show', 'nobody'], 5, 'was not found'],
    ['a duration that is none', ['rotate', name, '--keep', 'long'], 2, 'must be a duration'],
    ['nothing to replay', ['replay', name], 2, '--all, or --delivery'],
    ['a delivery that is none', ['replay', name, '--delivery', '1'], 2, 'deliveries'],
    ['no word of consent', ['remove', name], 2, '--yes'],
  ])('%s is an error that says so', async (_what, [verb = '', ...rest], code, words) => {
    const ran = await hook(verb, ...rest)
    expect(ran.stderr).toContain(words)
    expect(ran.exitCode).toBe(code)
  })

  it('are removed', async () => {
    expect((await hook('remove', name, '--yes', '--json')).json()).toMatchObject({removed: true})
    expect((await hook('show', name)).exitCode).toBe(5)
  })
})
