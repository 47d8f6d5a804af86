// `npm test`: everything that proves the project, in one go. The last line is `N passed, N failed, N skipped`.
import {existsSync, readFileSync} from 'node:fs'
import {join} from 'node:path'
import {getChromium} from './chromium.mjs'
import {root, setUp} from './setup.mjs'
import {count, failures, finish, node, scratch, step, tool} from './steps.mjs'

const manifest = (folder) => {
  const path = join(folder, 'oclif.manifest.json')
  return existsSync(path) ? readFileSync(path, 'utf8') : ''
}

/** The commands as a build elsewhere lists them: what the clone came with has to say the same. */
function manifestIsFresh(before) {
  const folder = join(scratch, 'build')
  if (!node(join(root, 'scripts', 'build.mjs'), folder)) return false
  if (manifest(folder) === before) return true
  console.error('oclif.manifest.json does not list what commands/ holds. `npm run build` writes it; commit the result.')
  return false
}

/** Each test counts by itself; the step stands for the rest: files that load, no stray error, enough coverage. */
function tests() {
  const report = join(scratch, 'tests.json')
  const vitest = tool('vitest', 'vitest.mjs')
  const right = node(vitest, 'run', '--coverage', '--reporter=dot', '--reporter=json', `--outputFile.json=${report}`)
  if (!existsSync(report)) return false
  const results = JSON.parse(readFileSync(report, 'utf8'))
  count.passed += results.numPassedTests
  count.failed += results.numFailedTests
  count.skipped += results.numPendingTests + results.numTodoTests
  if (results.numFailedTests > 0) failures.push(`${results.numFailedTests} tests`)
  tellOfSkipped(results)
  return right || (results.numFailedTests > 0 && everyFileLoaded(results))
}

function everyFileLoaded({testResults}) {
  const broken = testResults.filter(
    ({status, assertionResults}) => status === 'failed' && !assertionResults.some((test) => test.status === 'failed'),
  )
  for (const {name, message} of broken) console.error(`${name}: ${message}`)
  return broken.length === 0
}

/** What tests need beside Node, by the mark in the names of those that need it, and how to get it. */
const needs = {
  '(postgres)': ['POSTGRESQL', 'PYTAKE_TEST_DATABASE_URL points to a server to test on.'],
  '(chromium)': ['CHROMIUM', 'Debian: apt-get install chromium; PYTAKE_TEST_CHROMIUM is the path of another one.'],
}

function tellOfSkipped({testResults}) {
  const skipped = testResults
    .flatMap((file) => file.assertionResults)
    .filter((test) => !['passed', 'failed'].includes(test.status))
  for (const [mark, [what, how]] of Object.entries(needs)) {
    const {length} = skipped.filter((test) => test.fullName.includes(mark))
    if (length > 0) console.log(`\n!!! NO ${what}: ${length} tests were SKIPPED for want of it. ${how}`)
  }
}

const before = manifest(root)
const setUpAll = () => {
  setUp({say: console.log})
  getChromium({say: console.log})
  return true
}
if (!step('Set-up', setUpAll)) finish()
step('Format', () => node(tool('prettier', 'bin', 'prettier.cjs'), '--check', '--log-level', 'warn', '.'))
step('Lint', () => node(tool('eslint', 'bin', 'eslint.js'), '.'))
step('Types', () => node(tool('typescript', 'bin', 'tsc'), '-p', '.'))
step('Architecture', () => {
  const cruise = tool('dependency-cruiser', 'bin', 'dependency-cruise.mjs')
  return node(cruise, '--config', 'test/architecture/dependencies.cjs', 'src', 'commands', 'bin')
})
step('Unused', () => node(tool('knip', 'bin', 'knip.js'), '--no-progress'))
step('Manifest', () => manifestIsFresh(before))
step('Tests', tests)
finish()
