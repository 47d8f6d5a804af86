import {readdirSync, readFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect, it} from 'vitest'
import {hash} from '../../src/flow/compile.ts'
import {type FlowDefinition, loadFlow} from '../../src/flow/definition.ts'
import {mergeSource, newSource} from '../../src/flow/merge-source.ts'

const folder = join(import.meta.dirname, '../fixtures/flows')
const flows = readdirSync(folder)
  .filter((name) => name.endsWith('.yaml') && !name.endsWith('.test.yaml'))
  .map((name) => [name, readFileSync(join(folder, name), 'utf8')] as const)

const load = (text: string): FlowDefinition => {
  const {flow, problems} = loadFlow(text, 'a.yaml')
  if (!flow) throw new Error(JSON.stringify(problems))
  return flow
}

it.each(flows)('%s means the same when it is written from its definition', (_name, text) => {
  const flow = load(text)
  expect(hash(load(newSource(flow)))).toBe(hash(flow))
  expect(hash(load(JSON.stringify(flow)))).toBe(hash(flow))
})

it.each(flows)('%s is kept to the letter when nothing differs', (_name, text) => {
  expect(mergeSource(text, loadFlow(text, '').raw)).toBe(text)
})

it('changes what differs and nothing else', () => {
  const mine = `# Cabeçalho
flow: a
nodes:
  # primeiro
  - {id: um, type: message, data: {text: "Um"}, next: dois} # fica
  - {id: velho, type: end}

  # segundo
  - id: dois
    type: wait
    data:
      timeout: 1h # uma hora
  - {id: fim, type: end}
edges:
  - {source: dois, target: fim, condition: "outcome == 'timeout'"} # silêncio
  - {source: dois, target: um}
`
  const wanted = loadFlow(
    mine
      .replace('text: "Um"', 'text: "Uma"')
      .replace('1h', '2h')
      .replace('  - {id: velho, type: end}\n', '')
      .replace('  - {id: fim', '  - {id: novo, type: end}\n  - {id: fim')
      .replace('dois, target: um}', 'dois, target: novo}'),
    '',
  ).raw
  expect(mergeSource(mine, wanted)).toBe(`# Cabeçalho
flow: a
nodes:
  # primeiro
  - {id: um, type: message, data: {text: "Uma"}, next: dois} # fica

  # segundo
  - id: dois
    type: wait
    data:
      timeout: 2h # uma hora
  - {id: novo, type: end}
  - {id: fim, type: end}
edges:
  - {source: dois, target: fim, condition: "outcome == 'timeout'"} # silêncio
  - {source: dois, target: novo}
`)
})
