import {readdirSync, readFileSync} from 'node:fs'
import {fileURLToPath} from 'node:url'
import {expect, it} from 'vitest'

const root = new URL('../../', import.meta.url)
const {oclif} = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as {
  oclif: {topics: Record<string, {description: string}>}
}

it('describes every noun itself: left out, it would read like its first command', () => {
  const nouns = readdirSync(fileURLToPath(new URL('commands', root)), {withFileTypes: true})
    .filter((entry) => entry.isDirectory())
    .map(({name}) => name)
    .sort()
  expect(Object.keys(oclif.topics)).toEqual(nouns)
  for (const noun of nouns) expect(oclif.topics[noun]?.description, noun).toMatch(/^[A-Z].{15,90}\.$/)
})
