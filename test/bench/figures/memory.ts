import {spawn} from 'node:child_process'
import {existsSync, readFileSync} from 'node:fs'
import {join} from 'node:path'
import {setTimeout as sleep} from 'node:timers/promises'
import {below, type Figure, print} from '../figure.ts'
import {addPeople, addQueued} from '../fill.ts'
import {addTenants, makePlace, type Place} from '../place.ts'
import {editConfig} from '../../../src/channels/accounts.ts'

const SETTLED_MS = 8000
const QUEUED = 100_000

/** Resident memory in MB of `pytake serve`, as it is built, when it has been up for a while. */
async function residentOf(place: Place, only: string): Promise<number> {
  const program = join(process.env.BENCH_ROOT ?? '.', 'bin', 'run.js')
  const args = [program, 'serve', '--port', '0', ...(only ? ['--only', only] : [])]
  const child = spawn(process.execPath, args, {
    env: {...process.env, ...place.env},
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const ended = new Promise((resolve) => child.once('exit', resolve))
  try {
    const words = await new Promise<string>((resolve) => {
      child.stderr.once('data', (text: Buffer) => resolve(text.toString()))
      child.once('exit', () => resolve('It ended.'))
    })
    if (!words.includes('ready')) throw new Error(words)
    await sleep(SETTLED_MS)
    return residentMb(child.pid ?? 0)
  } finally {
    child.kill('SIGTERM')
    await ended
  }
}

function residentMb(pid: number): number {
  const kilobytes = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return Number(kilobytes) / 1024
}

export async function memory(): Promise<Figure[]> {
  if (!existsSync('/proc/self/status')) {
    process.stderr.write('Resident memory is read from /proc, which is not there: not measured.\n')
    return []
  }
  const place = await makePlace('sqlite')
  const runtime = await place.open()
  try {
    const [db] = await addTenants(runtime, 1)
    if (!db) throw new Error('No tenant.')
    const unit = 'MB'
    const figures = [
      print(below(150, {name: 'resident memory, idle', value: await residentOf(place, ''), unit})),
      print(
        below(120, {
          name: 'resident memory, idle, webhooks and sender',
          value: await residentOf(place, 'webhooks,sender'),
          unit,
        }),
      ),
    ]
    const config = await db.read((q) => q.selectFrom('whatsapp_configs').select('id').executeTakeFirstOrThrow())
    await editConfig(runtime, db, config.id, {rate_limit_per_minute: 60})
    await addPeople(runtime, db, 5000)
    await addQueued(runtime, db, QUEUED)
    // SQLite may keep pages up to its budget; what is asked here is what else grows.
    const name = `resident memory with ${QUEUED} messages queued, page cache of 8 MB`
    const lean = {...place, env: {...place.env, PYTAKE_CACHE_MB: '8'}}
    return [...figures, print(below(150, {name, value: await residentOf(lean, ''), unit}))]
  } finally {
    await runtime.close()
    await place.remove()
  }
}
