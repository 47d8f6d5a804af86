// Steps of a long check: a title and a time for each, and one line of counts at the end.
import {spawn, spawnSync} from 'node:child_process'
import {once} from 'node:events'
import {chmodSync, closeSync, mkdtempSync, openSync, readFileSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {root, SetupError, withThisNode} from './setup.mjs'

export const count = {passed: 0, failed: 0, skipped: 0}
export const failures = []

/** A folder of this run, gone at its end. */
export const scratch = mkdtempSync(join(tmpdir(), 'pytake-check-'))
// A PostgreSQL that tests start runs as another user when they run as root, and its programs may be in here.
chmodSync(scratch, 0o755)
process.on('exit', () => rmSync(scratch, {recursive: true, force: true}))

/** The path of a script inside an installed package. */
export const tool = (...path) => join(root, 'node_modules', ...path)

/** Runs a script with this Node, its output going straight through. True when it ended with 0. */
export const node = (script, ...args) => run(process.execPath, [script, ...args])

// Some tools paint wherever a variable says CI; a log is read as text.
const plain = () => (process.stdout.isTTY ? {} : {NO_COLOR: '1', FORCE_COLOR: undefined})

export function run(command, args, {cwd = root, env = {}} = {}) {
  const {status, signal, error} = spawnSync(command, args, {
    cwd,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: withThisNode({...plain(), ...env}),
  })
  if (error) throw error
  if (signal) console.error(`Ended by ${signal}.`)
  return status === 0
}

/** Starts a script with this Node beside the steps that follow. What it answers is the check of a step of its own. */
export function nodeBeside(script, ...args) {
  const path = join(scratch, 'beside.txt')
  const output = openSync(path, 'w')
  const child = spawn(process.execPath, [script, ...args], {
    cwd: root,
    stdio: ['ignore', output, output],
    env: withThisNode(plain()),
  })
  closeSync(output)
  const ended = once(child, 'exit')
  return async () => {
    const [status] = await ended
    process.stdout.write(readFileSync(path))
    return status === 0
  }
}

/** Counts as one: passed when `check` returns true. */
export function step(title, check) {
  const tell = begin(title)
  try {
    return tell(check())
  } catch (error) {
    console.error(error instanceof SetupError ? error.message : error)
    return tell(false)
  }
}

/** The same, for a check that is waited for. */
export async function stepOf(title, check) {
  const tell = begin(title)
  return tell(await check())
}

function begin(title) {
  console.log(`\n=== ${title}`)
  const start = performance.now()
  return (right) => tellStep(title, right, start)
}

function tellStep(title, right, start) {
  console.log(`--- ${title}: ${right ? 'ok' : 'FAILED'} (${((performance.now() - start) / 1000).toFixed(1)} s)`)
  if (right) count.passed++
  else {
    count.failed++
    failures.push(title)
  }
  return right
}

/** Prints the counts as the last line and ends the process. */
export function finish() {
  if (failures.length > 0) console.log(`\nFailed: ${failures.join(', ')}`)
  console.log(`\n${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`)
  process.exit(count.failed > 0 ? 1 : 0)
}
