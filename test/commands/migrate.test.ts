import {expect, it} from 'vitest'
import {run} from '../support/cli.ts'
import {onBothEngines} from '../support/stores.ts'

onBothEngines('pytake migrate', (place) => {
  it('goes through every tenant with progress, and can rehearse', async () => {
    const env = place().env()
    for (const name of ['Uma', 'Duas']) await run(['tenant', 'create', '--name', name], {env})
    const rehearsed = await run(['migrate', '--check', '--json'], {env})
    expect(rehearsed.exitCode, rehearsed.stderr).toBe(0)
    expect(rehearsed.stderr).toContain('nothing was changed')
    expect(rehearsed.stderr).toContain('1/3 control\n2/3 Uma')
    const ran = await run(['migrate', '--json'], {env})
    expect(ran.exitCode, ran.stderr).toBe(0)
    expect(ran.json().data).toMatchObject([
      {tenant_id: null, name: 'control', error: null},
      {name: 'Uma', error: null},
      {name: 'Duas', error: null},
    ])
    expect((await run(['migrate'], {env})).stdout.split('\n')[0]).toContain('\tup to date')
  })
})
