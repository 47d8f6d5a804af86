import {expect, it} from 'vitest'
import {run} from '../support/cli.ts'

it.each([
  ['tenant show', 'Missing 1 required arg: tenant (Id, domain or name)', 'pytake tenant show --help'],
  ['serve --port x', 'Parsing --port: Expected an integer but received: x', 'pytake serve --help'],
  ['tenant list --nope', 'Nonexistent flag: --nope', 'pytake tenant list --help'],
  [
    'whatsapp add --tenant t',
    'Missing required flag api-type; Missing required flag name; Missing required flag phone',
    'pytake whatsapp add --help',
  ],
])('says what is wrong with "pytake %s" in one sentence', async (line, words, help) => {
  const {exitCode, stderr} = await run(line.split(' '))
  expect({exitCode, stderr}).toEqual({exitCode: 2, stderr: `✗ ${words}\n  ${help}\n`})
  const inJson = await run([...line.split(' '), '--json'])
  expect(inJson.error().message).toBe(words)
})
