import {execFileSync, spawn, spawnSync} from 'node:child_process'
import {mkdtempSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {invoke} from '../../../src/operations/invoke.ts'
import {createTokenOperation} from '../../../src/operations/tokens.ts'
import {shell} from '../../support/signing-in.ts'
import {type Context, serveOn} from '../context.ts'
import {type Figure, median, print} from '../figure.ts'
import {addTenants, makePlace} from '../place.ts'

const root = process.env.BENCH_ROOT ?? process.cwd()
const program = join(root, 'bin/run.js')

/** What a cold process of each may cost, in times one of Node that does nothing. */
const commands = [
  {name: '--version', argv: ['--version'], most: 1.5},
  {name: '--help', argv: ['--help'], most: 3.5},
  {name: 'tenant list', argv: ['tenant', 'list'], most: 4},
  {name: 'flow list', argv: ['flow', 'list'], most: 4},
]
const REMOTE_TIMES_NODE = 3.5

type Env = Record<string, string>

/** Milliseconds of a whole process. */
function taken(argv: readonly string[], env: Env = {}): number {
  const start = performance.now()
  const {status, stderr} = spawnSync(process.execPath, argv, {env: {...process.env, ...env}})
  if (status !== 0) throw new Error(`${argv.join(' ')} ended with ${status}: ${stderr.toString()}`)
  return performance.now() - start
}

/** As `taken`, for a command that this process has to answer while it runs. */
function takenBeside(argv: readonly string[], env: Env, stdin: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, argv, {env: {...process.env, ...env}, stdio: ['pipe', 'ignore', 'inherit']})
    child.once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`${argv.join(' ')} ended with ${code}`))))
    child.stdin.end(stdin)
  })
}

async function roundTrip(port: number, token: string): Promise<number> {
  const start = performance.now()
  await (await fetch(`http://127.0.0.1:${port}/api/v1/flows`, {headers: {authorization: `Bearer ${token}`}})).text()
  return performance.now() - start
}

function figure(name: string, most: number, {own, bare, trip}: {own: number; bare: number; trip: number}): Figure {
  const ratio = Math.round(((own - trip) / bare) * 100) / 100
  const [value, limit] = [Math.round(own), Math.round(bare)]
  return print({name, value, unit: 'ms', bare: limit, ratio, goal: `ratio <= ${most}`, ok: ratio <= most})
}

/** How long commands take as cold processes beside one of Node that does nothing, on this machine and through a server. */
export async function startUp({rounds}: Context): Promise<Figure[]> {
  execFileSync(process.execPath, [join(root, 'scripts/build.mjs')])
  const place = await makePlace('sqlite')
  const config = mkdtempSync(join(tmpdir(), 'pytake-bench-config-'))
  const runtime = await place.open()
  try {
    const [db] = await addTenants(runtime, 1)
    if (!db) throw new Error('No tenant.')
    const {token} = await invoke(runtime, createTokenOperation, {name: 'bench'}, {...shell, tenant: db.name})
    const server = await serveOn(place, ['api'])
    try {
      const there = {XDG_CONFIG_HOME: config, PYTAKE_CONTEXT: 'there'}
      const add = ['context', 'add', 'there', '--url', `http://127.0.0.1:${server.port}`, '--token-stdin']
      await takenBeside([program, ...add], {XDG_CONFIG_HOME: config}, `${token}\n`)
      const local = {...place.env, XDG_CONFIG_HOME: config, PYTAKE_CONTEXT: 'local'}
      // Taken in turns, so that whatever else the machine does strikes all.
      const runs: {bare: number; local: number[]; remote: number; trip: number}[] = []
      for (let n = 0; n < rounds * 3; n++) {
        runs.push({
          bare: taken(['-e', '0']),
          local: commands.map(({argv}) => taken([program, ...argv], local)),
          remote: taken([program, 'flow', 'list'], there),
          trip: await roundTrip(server.port, token),
        })
      }
      const bare = median(runs.map((run) => run.bare))
      const figures = commands.map(({name, most}, n) => {
        const own = median(runs.map((run) => run.local[n] ?? Number.NaN))
        return figure(`${name} as a cold process`, most, {own, bare, trip: 0})
      })
      const remote = {own: median(runs.map((run) => run.remote)), bare, trip: median(runs.map((run) => run.trip))}
      return [
        ...figures,
        figure('flow list as a cold process, remote, without the round trip', REMOTE_TIMES_NODE, remote),
      ]
    } finally {
      await server.stop()
    }
  } finally {
    await runtime.close()
    await place.remove()
    rmSync(config, {recursive: true, force: true})
  }
}
