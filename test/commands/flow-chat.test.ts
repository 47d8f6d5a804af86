import {join} from 'node:path'
import {expect, it} from 'vitest'
import {run} from '../support/cli.ts'

const template = join(import.meta.dirname, '../../templates/flows/boas-vindas.yaml')

it.each([
  ['in a pipe', undefined],
  ['with a keyboard that is none', 80],
])('talking to a flow needs a terminal: %s it is refused, with the way that works there', async (_what, terminal) => {
  const ran = await run(['flow', 'chat', template], {terminal})
  expect(ran).toMatchObject({exitCode: 2, stdout: ''})
  expect(ran.stderr).toMatch(/needs a terminal\.\n.*pytake flow test/)
})
