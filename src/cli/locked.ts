import {mkdirSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {systemClock} from '../base/clock.ts'
import {PytakeError} from '../base/errors.ts'
import {systemRandom} from '../base/ids.ts'

/** Longer than what is done under it may take, a call to a server included. */
const LONGEST_WAIT_MS = 90_000
/** A holder that is this old and cannot be seen (another machine that shares the folder) is gone. */
const FORGOTTEN_MS = 120_000

/** Runs `work` while no other process of this folder does: the file `name` is there for as long. */
export async function locked<T>(folder: string, name: string, work: () => Promise<T>): Promise<T> {
  const path = join(folder, name)
  mkdirSync(folder, {recursive: true})
  const since = systemClock.monotonic()
  while (!take(path)) {
    forgetTheDead(path)
    if (systemClock.monotonic() - since > LONGEST_WAIT_MS) {
      throw new PytakeError('UNAVAILABLE', `Another process holds ${path}.`, {help: 'If none runs, remove that file.'})
    }
    await systemClock.sleep(10 + systemRandom.number() * 40)
  }
  try {
    return await work()
  } finally {
    rmSync(path, {force: true})
  }
}

function take(path: string): boolean {
  try {
    writeFileSync(path, String(process.pid), {flag: 'wx', mode: 0o600})
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

/** A process that died in between leaves its file. It is looked at twice, so that a new holder's is not taken for it. */
function forgetTheDead(path: string): void {
  const seen = holderOf(path)
  if (!seen || (isAlive(seen.pid) && systemClock.now() - seen.at < FORGOTTEN_MS)) return
  const again = holderOf(path)
  if (again?.pid === seen.pid && again.at === seen.at) rmSync(path, {force: true})
}

function holderOf(path: string): {pid: number; at: number} | undefined {
  try {
    return {pid: Number(readFileSync(path, 'utf8')), at: statSync(path).mtimeMs}
  } catch {
    return undefined
  }
}

/** A file without a number is one that is being written; its age decides. */
function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return true
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
