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
const LOCAL_TIMES_NODE = 4
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

/** How long `pytake flow list` takes as a cold process beside one of Node that does nothing, on this machine and through a server. */
export async function startUp({rounds}: Context): Promise<Figure[]> {
  execFileSync(process.execPath, [join(root, 'scripts/build.mjs')])
  const list = [join(root, 'bin/run.js'), 'flow', 'list']
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
      const url = `http://127.0.0.1:${server.port}`
      const add = [join(root, 'bin/run.js'), 'context', 'add', 'there', '--url', url, '--token-stdin']
      await takenBeside(add, {XDG_CONFIG_HOME: config}, `${token}\n`)
      // Taken in turns, so that whatever else the machine does strikes all.
      const runs: Record<'bare' | 'local' | 'remote' | 'trip', number>[] = []
      for (let n = 0; n < rounds * 3; n++) {
        runs.push({
          bare: taken(['-e', '0']),
          local: taken(list, place.env),
          remote: taken(list, there),
          trip: await roundTrip(server.port, token),
        })
      }
      const of = (key: 'bare' | 'local' | 'remote' | 'trip') => median(runs.map((run) => run[key]))
      return [
        figure('flow list as a cold process, local', LOCAL_TIMES_NODE, {own: of('local'), bare: of('bare'), trip: 0}),
        figure('flow list as a cold process, remote, without the round trip', REMOTE_TIMES_NODE, {
          own: of('remote'),
          bare: of('bare'),
          trip: of('trip'),
        }),
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
