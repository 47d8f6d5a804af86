// Steps of a long check: a title and a time for each, and one line of counts at the end.
import {spawnSync} from 'node:child_process'
import {chmodSync, mkdtempSync, rmSync} from 'node:fs'
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

export function run(command, args, {cwd = root, env = {}} = {}) {
  const {status, signal, error} = spawnSync(command, args, {
    cwd,
    stdio: ['ignore', 'inherit', 'inherit'],
    // Some tools paint wherever a variable says CI; a log is read as text.
    env: withThisNode({...(process.stdout.isTTY ? {} : {NO_COLOR: '1', FORCE_COLOR: undefined}), ...env}),
  })
  if (error) throw error
  if (signal) console.error(`Ended by ${signal}.`)
  return status === 0
}

/** Counts as one: passed when `check` returns true. */
export function step(title, check) {
  console.log(`\n=== ${title}`)
  const start = performance.now()
  let right = false
  try {
    right = check()
  } catch (error) {
    console.error(error instanceof SetupError ? error.message : error)
  }
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
