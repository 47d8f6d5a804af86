// Bundles every command into dist/, split so that a command loads only what it uses, and writes oclif's manifest.
// With a folder as its argument it does so there, and leaves what is in the tree alone.
import {execFileSync, spawnSync} from 'node:child_process'
import {copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync} from 'node:fs'
import {join, relative, sep} from 'node:path'
import {fileURLToPath} from 'node:url'
import {build} from 'esbuild'
import {writeAsCommonJs} from './common-js.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const target = process.argv[2] ?? root
if (target !== root) {
  mkdirSync(target, {recursive: true})
  copyFileSync(join(root, 'package.json'), join(target, 'package.json'))
  symlinkSync(join(root, 'node_modules'), join(target, 'node_modules'), 'junction')
}
const commands = readdirSync(join(root, 'commands'), {recursive: true, withFileTypes: true})
  .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
  .map((entry) => relative(root, join(entry.parentPath, entry.name)))

// zod's own export of itself as one object carries every language and converter along; the module itself can be thinned out.
const thinZod = {
  name: 'thin-zod',
  setup({onLoad}) {
    onLoad({filter: /[\\/](src|commands)[\\/].*\.tsx?$/}, ({path}) => {
      const contents = readFileSync(path, 'utf8').replace("import {z} from 'zod'", "import * as z from 'zod'")
      return {contents, loader: path.endsWith('x') ? 'tsx' : 'ts'}
    })
  },
}

rmSync(join(target, 'dist'), {recursive: true, force: true})
const {outputFiles} = await build({
  absWorkingDir: root,
  entryPoints: [
    {in: 'src/cli/quick-start.ts', out: 'quick-start'},
    {in: 'src/cli/start.ts', out: 'start'},
    ...commands.map((file) => ({in: file, out: file.replace(/\.ts$/, '').split(sep).join('/')})),
  ],
  outdir: join(target, 'dist'),
  chunkNames: 'chunks/[name]-[hash]',
  bundle: true,
  plugins: [thinZod],
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  jsx: 'automatic',
  legalComments: 'none',
  // A third of the text is a quarter of the time to load it. Names stay, for stack traces and oclif.
  minifyWhitespace: true,
  minifySyntax: true,
  // Native modules cannot be bundled; the others are asked for by libraries that do without them.
  external: [
    'better-sqlite3',
    '@node-rs/argon2',
    // CommonJS that is loaded on demand: its named exports survive only outside a bundle.
    'undici',
    'prom-client',
    'nodemailer',
    'pg-native',
    'typescript',
    'ts-node',
    'tsx',
    'react-devtools-core',
    'bufferutil',
    'utf-8-validate',
  ],
  write: false,
  logLevel: 'warning',
})
await writeAsCommonJs(outputFiles, join(target, 'dist'))

execFileSync(process.execPath, [join(root, 'node_modules', 'oclif', 'bin', 'run.js'), 'manifest', target], {
  cwd: target,
  stdio: ['ignore', 'ignore', 'inherit'],
  env: {...process.env, OCLIF_SKIP_NEW_VERSION_CHECK: 'true'},
})

// oclif lists commands in the order in which the disk does; sorted, the same commands give the same file everywhere.
const manifest = join(target, 'oclif.manifest.json')
const {commands: listed, ...rest} = JSON.parse(readFileSync(manifest, 'utf8'))
const sorted = Object.fromEntries(Object.entries(listed).sort(([a], [b]) => (a < b ? -1 : 1)))
writeFileSync(manifest, `${JSON.stringify({commands: sorted, ...rest}, null, 2)}\n`)

const kept = spawnSync(process.execPath, [join(root, 'scripts', 'keep-code.mjs'), target], {encoding: 'utf8'})
if (kept.status !== 0)
  process.stderr.write(`Commands will start slower, for their code could not be kept:\n${kept.stderr}`)
