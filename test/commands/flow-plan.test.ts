import {mkdirSync, readFileSync, statSync, writeFileSync} from 'node:fs'
import {dirname, join} from 'node:path'
import {beforeAll, expect, it} from 'vitest'
import {localAndRemote} from '../support/both-ways.ts'

const greet = (key: string, keywords: string, text = 'Olá') => `
flow: ${key}
name: Flow ${key}
trigger: {type: keyword, keywords: [${keywords}]}
nodes:
  - {id: a, type: message, data: {text: "${text}"}}
`

localAndRemote('flow plan', ({where, pytake, file}) => {
  const tenant = `Planos ${where}`
  const t = ['-t', tenant]
  beforeAll(async () => void (await pytake(['tenant', 'create', '--name', tenant])))

  const one = (text?: string) => file(`${where}-one.yaml`, greet('one', 'oi', text))
  const two = (text?: string) => file(`${where}-two.yaml`, greet('two', 'tchau', text))

  it('tells what is new and changes nothing', async () => {
    const ran = await pytake(['flow', 'plan', one(), two(), ...t, '--exit-code'])
    expect(ran.exitCode, ran.stderr).toBe(10)
    expect(ran.stdout).toContain(`tenant ${tenant} · 2 flows`)
    expect(ran.stdout).toMatch(/ {2}\+ one {3}new\n {2}\+ two {3}new\n/)
    expect(ran.stdout).toContain('2 to create, 0 to change, 0 to remove.')
    expect((await pytake(['flow', 'list', ...t, '--json'])).json().page.total).toBe(0)
    expect((await pytake(['flow', 'plan', one(), two(), ...t])).exitCode).toBe(0)
  })

  it('is empty once it was applied, and shows what changes field by field afterwards', async () => {
    expect((await pytake(['flow', 'apply', one(), two(), ...t, '--yes'])).exitCode).toBe(0)
    const none = await pytake(['flow', 'plan', one(), two(), ...t, '--exit-code'])
    expect(none.exitCode).toBe(0)
    expect(none.stdout).toContain('= 2 unchanged')
    const long = 'Uma linha que é bem longa para caber ao lado de outra'
    const ran = await pytake(['flow', 'plan', one('Oi!'), two(`${long}\\nsegunda\\nfim`), ...t, '--exit-code'])
    expect(ran.exitCode).toBe(10)
    expect(ran.stdout).toContain('~ a.text   "Olá" → "Oi!"')
    expect(ran.stdout).toMatch(/~ two {3}r1 → r2 {3}nodes ~1\n/)
    expect(ran.stdout).toMatch(/- Olá\n +\+ Uma linha.*\n +\+ segunda\n +\+ fim\n/)
    const json = (await pytake(['flow', 'plan', one('Oi!'), ...t, '--json'])).json()
    expect(json).toMatchObject({
      tenant: {name: tenant},
      summary: {created: 0, changed: 1, unchanged: 0, removed: 0},
      base: {one: {version: 1, live: true}},
      warnings: [],
      flows: [
        {
          action: 'changed',
          from: {version: 1},
          to: {version: 2},
          people: [],
          diff: {
            head: [],
            edges: [],
            nodes: [{node: 'a', change: 'changed', fields: [{path: 'text', before: 'Olá', after: 'Oi!'}]}],
          },
        },
      ],
    })
  })

  it('shows where long texts part, however narrow the terminal is', async () => {
    const long = 'Uma linha que é bem mais longa do que o terminal é largo, e que só no fim '
    const before = file(`${where}-before.yaml`, greet('one', 'oi', `${long}muda`))
    const after = file(`${where}-after.yaml`, greet('one', 'oi', `${long}é outra`))
    const ran = await pytake(['flow', 'diff', before, after, ...t], {terminal: 60, env: {NO_COLOR: '1'}})
    expect(ran.stdout).toContain('    - …e só no fim muda\n    + …e só no fim é outra\n')
    for (const line of ran.stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(60)
  })

  it('is applied later exactly as it was saved, whatever the files say by then', async () => {
    const path = join(dirname(one()), `${where}-plan.json`)
    const saved = await pytake(['flow', 'plan', one('Salvo'), ...t, '-o', path])
    expect(saved.stderr).toContain(`pytake flow apply ${path}`)
    expect(statSync(path).mode & 0o777).toBe(0o600)
    one('Outra coisa')
    const applied = await pytake(['flow', 'apply', path, ...t, '--yes', '--json', '--note', 'Saudação nova'])
    expect(applied.exitCode, applied.stderr).toBe(0)
    expect(applied.json().data).toMatchObject([
      {flow: 'one', action: 'changed', from: {version: 1}, version: 2, nodes: [{data: {text: 'Salvo'}}]},
    ])
    const again = await pytake(['flow', 'apply', path, ...t, '--yes', '--json'])
    expect(again).toMatchObject({exitCode: 6, stdout: ''})
    expect(again.error()).toMatchObject({code: 'STALE', details: [{field: 'one'}]})
    expect(again.error().message).toMatch(/one was r1 when it was made and is r2 now, published by \S+ at 20/)
    const piped = await pytake(['flow', 'apply', '-', ...t, '--yes'], {stdin: readFileSync(path, 'utf8')})
    expect(piped.exitCode).toBe(6)
  })

  it('loses no race: of two applies at once one wins, the other gets exit 6 and the reason', async () => {
    const plan = await pytake(['flow', 'plan', two('Corrida'), ...t, '-o', '-'])
    const path = file(`${where}-race.json`, plan.stdout)
    const [a, b] = await Promise.all([1, 2].map(() => pytake(['flow', 'apply', path, ...t, '--yes', '--json'])))
    expect([a?.exitCode, b?.exitCode].sort()).toEqual([0, 6])
    const loser = a?.exitCode === 6 ? a : b
    expect(loser?.error().message).toMatch(/^The plan is stale, nothing was changed\. two was r1 .* r2 now/)
    const shown = (await pytake(['flow', 'show', 'two', ...t, '--json'])).json()
    expect(shown.version).toBe(2)
  })

  it('goes with the tenant it was made for', async () => {
    const other = `Outra ${where}`
    await pytake(['tenant', 'create', '--name', other])
    const plan = await pytake(['flow', 'plan', file(`${where}-x.yaml`, greet('x', 'x')), ...t, '-o', '-'])
    const ran = await pytake(['flow', 'apply', file(`${where}-x.json`, plan.stdout), '-t', other, '--yes', '--json'])
    expect(ran).toMatchObject({exitCode: 6, stdout: ''})
    expect(ran.error().message).toBe(`This plan was made for the tenant "${tenant}", not for "${other}".`)
    // Nor when it is there under the same key, where its numbers would mean something else.
    const known = await pytake(['flow', 'plan', one('Para outra'), ...t, '-o', '-'])
    const path = file(`${where}-known.json`, known.stdout)
    const there = await pytake(['flow', 'apply', path, '-t', other, '--yes', '--json'])
    expect(there.exitCode).toBe(6)
    expect(there.error().message).toBe(ran.error().message)
  })

  it('is applied alone', async () => {
    const plan = await pytake(['flow', 'plan', file(`${where}-y.yaml`, greet('y', 'y')), ...t, '-o', '-'])
    const home = join(dirname(one()), `${where}-with-plan`)
    mkdirSync(join(home, 'flows'), {recursive: true})
    writeFileSync(join(home, 'flows', 'ola.yaml'), greet('ola', 'ola'))
    writeFileSync(join(home, 'flows', 'plan.json'), plan.stdout)
    for (const paths of [[], ['flows'], ['flows/ola.yaml', 'flows/plan.json']]) {
      const ran = await pytake(['flow', 'apply', ...paths, ...t, '--yes'], {cwd: home})
      expect(ran).toMatchObject({exitCode: 2, stdout: ''})
      expect(ran.stderr).toMatch(/^✗ \S*plan\.json is a saved plan; apply it alone\.\n/)
    }
  })

  it.each([
    ['one that was cut off', (text: string) => text.slice(0, -40), 3, /damaged/],
    ['one of another version', (text: string) => text.replace('"pytake_plan": 1', '"pytake_plan": 2'), 3, /version/],
    ['one without a base', (text: string) => text.replace('"base"', '"bass"'), 3, /base|bass/],
  ])('refuses %s', async (_what, damage, exitCode, message) => {
    const plan = await pytake(['flow', 'plan', file(`${where}-y.yaml`, greet('y', 'y')), ...t, '-o', '-'])
    const ran = await pytake(['flow', 'apply', file(`${where}-y.json`, damage(plan.stdout)), ...t, '--yes', '--json'])
    expect(ran).toMatchObject({exitCode, stdout: ''})
    expect(ran.error().message).toMatch(message)
  })

  it('does not take flags beside a saved plan, which would no longer be what was shown', async () => {
    const plan = await pytake(['flow', 'plan', file(`${where}-y.yaml`, greet('y', 'y')), ...t, '-o', '-'])
    const path = file(`${where}-y.json`, plan.stdout)
    expect((await pytake(['flow', 'apply', path, ...t, '--live', 'restart', '--yes'])).exitCode).toBe(2)
  })

  it('removes with --prune what the project deployed and has no file any more, and nothing else', async () => {
    const home = join(dirname(one()), `${where}-project`)
    mkdirSync(join(home, 'flows'), {recursive: true})
    writeFileSync(join(home, 'pytake.yaml'), 'name: loja\n')
    writeFileSync(join(home, 'flows', 'p1.yaml'), greet('p1', 'p1'))
    writeFileSync(join(home, 'flows', 'p2.yaml'), greet('p2', 'p2'))
    const at = {cwd: home}
    expect((await pytake(['flow', 'apply', ...t, '--yes'], at)).exitCode).toBe(0)
    writeFileSync(join(home, 'flows', 'p2.yaml'), greet('p3', 'p3'))
    const kept = (await pytake(['flow', 'plan', ...t, '--json'], at)).json()
    expect(kept.summary).toEqual({created: 1, changed: 0, unchanged: 1, removed: 0})
    const pruned = await pytake(['flow', 'plan', ...t, '--prune'], at)
    expect(pruned.stdout).toContain('- p2   r1 is taken off the air')
    expect((await pytake(['flow', 'apply', 'flows/p2.yaml', ...t, '--prune', '--yes'], at)).stderr).toContain('folders')
    expect((await pytake(['flow', 'apply', one(), ...t, '--prune', '--yes'])).exitCode).toBe(2)
    const applied = await pytake(['flow', 'apply', ...t, '--prune', '--yes'], at)
    expect(applied.stdout).toContain('-\tp2\tr1\t1\tremoved\n')
    const list = (await pytake(['flow', 'list', ...t, '--json', '--sort', 'flow_key', '--order', 'asc'])).json()
    expect(list.data.map(({flow}: {flow: string}) => flow)).toEqual(['one', 'p1', 'p3', 'two'])
  })

  it('refuses secrets that are not set and jumps to what would go', async () => {
    const call = `
flow: chama
nodes:
  - {id: c, type: api_call, data: {url: "https://x.example/", headers: {authorization: "\${secret.TOKEN}"}}}
`
    const ran = await pytake(['flow', 'plan', '-', ...t, '--json'], {stdin: call})
    expect(ran).toMatchObject({exitCode: 3, stdout: ''})
    expect(ran.error().details).toMatchObject([{field: 'chama.c', rule: 'missing-secret'}])
    expect((await pytake(['secret', 'set', 'TOKEN', '--file', '-', ...t], {stdin: 'x'})).exitCode).toBe(0)
    expect((await pytake(['flow', 'plan', '-', ...t], {stdin: call})).exitCode).toBe(0)
  })

  it('refuses look-ups in an ERP that is not connected, or that nobody can tell from another', async () => {
    const lookUp = (connection: string) => `
flow: planos
nodes:
  - {id: p, type: erp, data: {operation: plans${connection}, save_as: planos}}
`
    const refusal = async (connection: string) =>
      (await pytake(['flow', 'plan', '-', ...t, '--json'], {stdin: lookUp(connection)})).error().details
    const connect = (name: string) =>
      pytake(
        ['erp', 'connect', 'ixcsoft', '--name', name, '--url', 'https://ixc.example', '--api-key-file', '-', ...t],
        {stdin: `5:${'ab'.repeat(32)}`},
      )
    expect(await refusal('')).toMatchObject([{field: 'planos.p', rule: 'missing-connection'}])
    expect((await connect('norte')).exitCode).toBe(0)
    expect((await pytake(['flow', 'plan', '-', ...t], {stdin: lookUp('')})).exitCode).toBe(0)
    expect(await refusal(', connection: nrote')).toMatchObject([{message: expect.stringContaining('norte')}])
    expect((await connect('sul')).exitCode).toBe(0)
    expect(await refusal('')).toMatchObject([{message: expect.stringContaining('none is the default')}])
    expect((await pytake(['flow', 'plan', '-', ...t], {stdin: lookUp(', connection: sul')})).exitCode).toBe(0)
  })

  it('tells warnings as warnings, and in --json too', async () => {
    const warned = `
flow: aviso
nodes:
  - {id: a, type: message, data: {text: "Oi"}}
  - {id: b, type: message, data: {text: "Ninguém chega aqui"}}
`
    const ran = await pytake(['flow', 'apply', '-', ...t, '--yes'], {stdin: warned})
    expect(ran.exitCode, ran.stderr).toBe(0)
    expect(ran.stderr).toContain('! stdin has 1 warning.')
    expect(ran.stderr).toMatch(/stdin:5:\d+ +unreachable/)
    expect(ran.stderr).not.toContain('problem')
    const json = (await pytake(['flow', 'plan', '-', ...t, '--json'], {stdin: warned})).json()
    expect(json.warnings).toMatchObject([{rule: expect.stringContaining('unreachable'), severity: 'warn', line: 5}])
  })

  it('keeps what CI says of a release', async () => {
    const env = {
      ...{GITHUB_SHA: 'abc123', GITHUB_SERVER_URL: 'https://git.example', GITHUB_REPOSITORY: 'a/b'},
      GITHUB_RUN_ID: '7',
    }
    const ran = await pytake(['flow', 'apply', one('CI'), ...t, '--yes', '--note', 'Nova'], {env})
    expect(ran.exitCode, ran.stderr).toBe(0)
  })
})
