import {execFileSync, spawnSync} from 'node:child_process'
import {join} from 'node:path'
import {lintFlows} from '../../../src/flow/lint/lint.ts'
import type {Context} from '../context.ts'
import {below, type Figure, median, print} from '../figure.ts'

const NODES = 500
const MOST_TIMES_NODE = 3.5
const root = process.env.BENCH_ROOT ?? process.cwd()

/** Questions and answers in a long row, with conditions, texts and a call at every tenth place. */
function longFlow(): string {
  const nodes = Array.from({length: NODES}, (_, n) => {
    const next = n + 1 < NODES ? `n${n + 1}` : 'fim'
    if (n % 10 === 9)
      return `  - {id: n${n}, type: api_call, data: {url: "https://api.example.com/{{ vars.r${n - 1} }}", save: {s${n}: "body.valor"}}, next: [{if: "outcome != 'ok'", to: fim}, ${next}]}`
    if (n % 2 === 0)
      return `  - {id: n${n}, type: wait, data: {save_as: r${n}, timeout: 30m}, next: [{if: "outcome == 'timeout'", to: fim}, {if: "fold(response) == 'voltar'", to: n0}, ${next}]}`
    return `  - {id: n${n}, type: message, data: {text: "Olá {{ contact.name | first_name }}, você disse {{ vars.r${n - 1} | truncate: 40 }}.", buttons: [Sim, Não, Voltar]}, next: ${next}}`
  })
  return `flow: longo\nname: Longo\ntrigger: {type: keyword, keywords: [longo]}\nnodes:\n${nodes.join('\n')}\n  - {id: fim, type: end}\n`
}

function milliseconds(work: () => void): number {
  const start = performance.now()
  work()
  return performance.now() - start
}

/** How long lint takes inside a process, and how long a whole process takes that lints one file. */
export async function lint({rounds}: Context): Promise<Figure[]> {
  const files = [{name: 'longo.yaml', text: longFlow()}]
  const findings = lintFlows({files})
  if (findings.length > 0) throw new Error(JSON.stringify(findings[0]))
  const times = Array.from({length: rounds * 3}, () => milliseconds(() => lintFlows({files})))
  const inside = below(300, {name: `lint of a flow of ${NODES} nodes`, value: median(times), unit: 'ms'})
  return [print(inside), print(coldProcess(rounds * 3))]
}

/** Taken in turns, so that whatever else the machine does strikes both. */
function coldProcess(runs: number): Figure {
  execFileSync(process.execPath, [join(root, 'scripts/build.mjs')])
  const lintOne = [join(root, 'bin/run.js'), 'flow', 'lint', join(root, 'templates/flows/boas-vindas.yaml')]
  const start = (argv: string[]) => () => {
    const {status} = spawnSync(process.execPath, argv, {stdio: 'ignore'})
    if (status !== 0) throw new Error(`${argv.join(' ')} ended with ${status}.`)
  }
  const pairs = Array.from({length: runs}, () => ({
    bare: milliseconds(start(['-e', '0'])),
    full: milliseconds(start(lintOne)),
  }))
  const bare = median(pairs.map((pair) => pair.bare))
  const full = median(pairs.map((pair) => pair.full))
  const ratio = Math.round((full / bare) * 100) / 100
  const name = 'flow lint of one file as a cold process'
  const goal = `ratio <= ${MOST_TIMES_NODE}`
  return {name, value: Math.round(full), unit: 'ms', bare: Math.round(bare), ratio, goal, ok: ratio <= MOST_TIMES_NODE}
}
