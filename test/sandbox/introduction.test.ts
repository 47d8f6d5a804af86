import {expect, it} from 'vitest'
import {introduction} from '../../src/sandbox/introduction.ts'
import {standing} from '../../src/sandbox/stand-alone.ts'

const urls = {cloudUrl: 'http://127.0.0.1:9400', evolutionUrl: 'http://127.0.0.1:9401'}

it('tells everything that a number of the sandbox is added with', () => {
  const text = introduction(urls, {}).join('\n')
  const {customers, ...fields} = standing
  for (const value of [...Object.values(fields), ...Object.values(urls), customers[0].phone])
    expect(text).toContain(value)
  expect(text).toMatch(/webhook secret sandbox-webhook-secret · its webhooks come with --evolution-config ID$/m)
  expect(introduction(urls, {evolutionConfig: 'c1'}).join('\n')).not.toContain('--evolution-config')
})
