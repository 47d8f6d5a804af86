import {readdirSync, readFileSync} from 'node:fs'
import {join} from 'node:path'
import {parse} from 'yaml'
import {describe, expect, test} from 'vitest'
import {lintFlows} from '../../src/flow/lint/lint.ts'
import {mutate} from '../../src/flow/test-run/mutate.ts'
import {runTests} from '../../src/flow/test-run/run.ts'

const folder = join(import.meta.dirname, '../../templates/flows')
const read = (name: string) => ({name, text: readFileSync(join(folder, name), 'utf8')})
const files = readdirSync(folder).sort()
const flows = files.filter((name) => !name.endsWith('.test.yaml')).map(read)
const testOf = (flow: string) => read(flow.replace('.yaml', '.test.yaml'))
const variablesOf = (flow: string) => (parse(testOf(flow).text) as {variables?: Record<string, string>}).variables ?? {}
const allVariables = Object.assign({}, ...flows.map(({name}) => variablesOf(name))) as Record<string, string>

test('there is a template for each of the usual conversations, each with a test beside it', () => {
  expect(flows.map(({name}) => name)).toEqual([
    'agendamento.yaml',
    'boas-vindas.yaml',
    'fora-do-horario.yaml',
    'novidades.yaml',
    'pesquisa-nps.yaml',
    'qualificacao.yaml',
    'segunda-via-erp.yaml',
    'segunda-via.yaml',
    'sem-conexao-erp.yaml',
    'sem-conexao.yaml',
  ])
  expect(files).toEqual(flows.flatMap(({name}) => [name.replace('.yaml', '.test.yaml'), name]).sort())
})

describe.each(flows)('$name', (flow) => {
  const tests = [testOf(flow.name)]
  const others = flows.filter(({name}) => name !== flow.name)

  test('lint finds nothing, not even a warning', () => {
    expect(lintFlows({files: [flow], partial: true, variables: variablesOf(flow.name)})).toEqual([])
  })

  test('its tests pass and reach every node and every edge', () => {
    const {files: ran, coverage} = runTests({flows: [flow, ...others], tests, monotonic: () => 0})
    const failures = ran.flatMap(({problems, dialogues}) => [
      ...problems,
      ...dialogues.flatMap(({failure}) => failure ?? []),
    ])
    expect(failures).toEqual([])
    expect(coverage.map(({missed}) => missed)).toEqual([[]])
  })

  test('its tests notice every small change', () => {
    const {survivors, total} = mutate({flows: [flow, ...others], tests, file: flow.name})
    expect(survivors).toEqual([])
    expect(total).toBeGreaterThan(20)
  })

  test('its tests notice a changed word', () => {
    const {nodes} = parse(flow.text) as {nodes: {type: string; data?: {text?: string}}[]}
    const passes = (text: string) =>
      runTests({flows: [{name: flow.name, text}, ...others], tests, monotonic: () => 0}).files.every(
        ({passed}) => passed,
      )
    expect(passes(swapText(flow.text, 'in no template'))).toBe(true)
    const silent = nodes.flatMap(({type, data: {text} = {}}) => {
      if (type !== 'message' || text === undefined) return []
      return passes(swapText(flow.text, text)) ? [text] : []
    })
    expect(silent).toEqual([])
  })
})

/** The flow with one of its texts emptied, in JSON: what it looks like does not matter here. */
function swapText(flow: string, text: string): string {
  const changed = JSON.parse(JSON.stringify(parse(flow)), (key, value: unknown) =>
    key === 'text' && value === text ? 'Outra coisa.' : value,
  ) as unknown
  return JSON.stringify(changed)
}

/** What asks the ERP and what asks an interface of the company's own stand in for one another. */
const isErp = ({name}: {name: string}) => name.endsWith('-erp.yaml')
const hasErp = ({name}: {name: string}) => flows.some((one) => one.name === name.replace('.yaml', '-erp.yaml'))

test.each([
  ['without the ERP', flows.filter((flow) => !isErp(flow))],
  ['with the ERP', flows.filter((flow) => !hasErp(flow))],
])('all of them can be live together, %s', (_how, together) => {
  expect(together).toHaveLength(8)
  expect(lintFlows({files: together, variables: allVariables})).toEqual([])
})
