// `npm run bench [webhooks|turns|…] [-- --long]`: measures the platform against bare limits taken in the same run.
import {spawnSync} from 'node:child_process'
import {rmSync} from 'node:fs'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {build} from 'esbuild'

const root = fileURLToPath(new URL('..', import.meta.url))
const outdir = join(root, 'node_modules', '.cache', 'pytake-bench')
const programs = ['main', 'bare', 'serve', 'sandbox', 'load', 'undici-loop', 'listeners']

rmSync(outdir, {recursive: true, force: true})
await build({
  absWorkingDir: root,
  entryPoints: programs.map((name) => `test/bench/${name}.ts`),
  outdir,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  packages: 'external',
  logLevel: 'warning',
})

const {status} = spawnSync(process.execPath, [join(outdir, 'main.js'), ...process.argv.slice(2)], {
  stdio: 'inherit',
  env: {...process.env, BENCH_ROOT: root},
})
process.exit(status ?? 1)
