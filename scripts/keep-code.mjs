// Runs what people run most in the build whose folder is the argument, and keeps the code that V8 made of it.
import {once} from 'node:events'
import {mkdtempSync, realpathSync, rmSync, writeFileSync} from 'node:fs'
import {createServer} from 'node:http'
import {createRequire} from 'node:module'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {fileURLToPath, pathToFileURL} from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
// Node loads files by their real paths.
const target = realpathSync(process.argv[2] ?? root)
const dist = join(target, 'dist')
const require = createRequire(import.meta.url)

const home = mkdtempSync(join(tmpdir(), 'pytake-build-'))
const server = createServer((_request, response) =>
  response.end('{"data": [], "page": {"total": 0, "has_more": false}}'),
)
await once(server.listen(0, '127.0.0.1'), 'listening')
const remote = {kind: 'remote', url: `http://127.0.0.1:${server.address().port}`, token: 'none'}
writeFileSync(join(home, 'contexts.json'), JSON.stringify({contexts: {remote}}))
Object.assign(process.env, {PYTAKE_HOME: home, PYTAKE_CONTEXT: 'local', PYTAKE_TENANT: '', DATABASE_URL: ''})

async function runQuickOnes() {
  const {start} = require(join(dist, 'start.js'))
  const pytake = (...argv) => start(argv, pathToFileURL(join(target, 'bin', 'run.js')).href)
  await pytake('--help')
  await pytake('flow', 'lint', join(root, 'templates', 'flows', 'boas-vindas.yaml'))
  await pytake('tenant', 'create', '--name', 'Build')
  await pytake('tenant', 'list')
  await pytake('flow', 'list')
  await pytake('flow', 'list', '--context', 'remote')
}

try {
  await require(join(dist, 'quick-start.js')).keepCode(dist, runQuickOnes)
} finally {
  server.close()
  rmSync(home, {recursive: true})
}
