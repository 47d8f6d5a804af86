import {readFileSync} from 'node:fs'
import {join} from 'node:path'
import {runTests} from '../../../src/flow/test-run/run.ts'
import type {Context} from '../context.ts'
import {atLeast, type Figure, median, print} from '../figure.ts'

const FILES = 50

/** How many turns `flow test` plays a second, the reading of its files included. */
export async function flowTests({rounds}: Pick<Context, 'rounds'>): Promise<Figure[]> {
  const folder = join(process.env.BENCH_ROOT ?? '.', 'templates/flows')
  const read = (file: string) => readFileSync(join(folder, file), 'utf8')
  const flows = [{name: 'boas-vindas.yaml', text: read('boas-vindas.yaml')}]
  const text = read('boas-vindas.test.yaml')
  const tests = Array.from({length: FILES}, (_, n) => ({name: `${n}.test.yaml`, text}))
  const rates = Array.from({length: rounds}, () => {
    const from = performance.now()
    const {files} = runTests({flows, tests, monotonic: () => performance.now()})
    const ms = performance.now() - from
    if (!files.every(({passed}) => passed)) throw new Error('A test of the benchmark fails.')
    return (files.reduce((sum, {inputs}) => sum + inputs, 0) / ms) * 1000
  })
  return [print(atLeast(1000, {name: 'flow test turns', value: median(rates), unit: 'turns/s'}))]
}
