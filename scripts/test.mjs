// `npm test`: everything that proves the project, in one go. The last line is `N passed, N failed, N skipped`.
import {spawnSync} from 'node:child_process'
import {existsSync, mkdtempSync, readFileSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {root, setUp, SetupError, withThisNode} from './setup.mjs'

const count = {passed: 0, failed: 0, skipped: 0}
const failures = []
const scratch = mkdtempSync(join(tmpdir(), 'pytake-npm-test-'))
process.on('exit', () => rmSync(scratch, {recursive: true, force: true}))

const bin = (name, script) => join(root, 'node_modules', name, script)
const node = (script, ...args) => run(process.execPath, [script, ...args])

function run(command, args, env = {}) {
  const {status, signal, error} = spawnSync(command, args, {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: withThisNode(env),
  })
  if (error) throw error
  if (signal) console.error(`Ended by ${signal}.`)
  return status === 0
}

function step(title, check) {
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

function finish() {
  if (failures.length > 0) console.log(`\nFailed: ${failures.join(', ')}`)
  console.log(`\n${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`)
  process.exit(count.failed > 0 ? 1 : 0)
}

const manifest = () => {
  const path = join(root, 'oclif.manifest.json')
  return existsSync(path) ? readFileSync(path, 'utf8') : ''
}

/** The commands as a build elsewhere lists them: what the clone came with has to say the same. */
function manifestIsFresh(before) {
  const folder = join(scratch, 'manifest')
  const built = spawnSync(process.execPath, [join(root, 'scripts', 'build.mjs'), folder], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: withThisNode(),
  })
  if (built.status !== 0) return false
  if (readFileSync(join(folder, 'oclif.manifest.json'), 'utf8') === before) return true
  console.error('oclif.manifest.json does not list what commands/ holds. `npm run build` writes it; commit the result.')
  return false
}

function tests() {
  const report = join(scratch, 'tests.json')
  const right = run(process.execPath, [
    bin('vitest', 'vitest.mjs'),
    'run',
    '--coverage',
    '--reporter=dot',
    '--reporter=json',
    `--outputFile.json=${report}`,
  ])
  if (!existsSync(report)) return false
  const results = JSON.parse(readFileSync(report, 'utf8'))
  count.passed += results.numPassedTests
  count.failed += results.numFailedTests
  count.skipped += results.numPendingTests + results.numTodoTests
  if (results.numFailedTests > 0) failures.push(`${results.numFailedTests} tests`)
  tellOfPostgres(results)
  // What is left: a file that did not load, an error outside any test, coverage under its threshold.
  return right || results.numFailedTests > 0 ? filesLoaded(results) : false
}

function filesLoaded({testResults}) {
  const broken = testResults.filter(
    ({status, assertionResults}) => status === 'failed' && !assertionResults.some((test) => test.status === 'failed'),
  )
  for (const {name, message} of broken) console.error(`${name}: ${message}`)
  return broken.length === 0
}

function tellOfPostgres({testResults}) {
  const skipped = testResults
    .flatMap((file) => file.assertionResults)
    .filter((test) => !['passed', 'failed'].includes(test.status) && test.fullName.includes('(postgres)'))
  if (skipped.length === 0) return
  console.log(
    `\n!!! NO POSTGRESQL: ${skipped.length} tests on PostgreSQL were SKIPPED. Point PYTAKE_TEST_DATABASE_URL at one.`,
  )
}

const committed = manifest()
if (!step('Set-up', () => (setUp({say: console.log}), true))) finish()
step('Format', () => node(bin('prettier', 'bin/prettier.cjs'), '--check', '--log-level', 'warn', '.'))
step('Lint', () => node(bin('eslint', 'bin/eslint.js'), '.'))
step('Types', () => node(bin('typescript', 'bin/tsc'), '-p', '.'))
step('Architecture', () =>
  node(
    bin('dependency-cruiser', 'bin/dependency-cruise.mjs'),
    '--config',
    'test/architecture/dependencies.cjs',
    'src',
    'commands',
    'bin',
  ),
)
step('Unused', () => node(bin('knip', 'bin/knip.js'), '--no-progress'))
step('Manifest', () => manifestIsFresh(committed))
step('Tests', tests)
finish()
