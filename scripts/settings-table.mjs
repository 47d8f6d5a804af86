// Writes the table of settings into the READMEs from the one place that parses them; with --check only compares.
import {readFileSync, writeFileSync} from 'node:fs'
import {fileURLToPath} from 'node:url'
import {build} from 'esbuild'

const root = fileURLToPath(new URL('..', import.meta.url))
const {outputFiles} = await build({
  absWorkingDir: root,
  entryPoints: ['src/base/config.ts'],
  bundle: true,
  format: 'esm',
  platform: 'node',
  write: false,
})
const {settings} = await import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].text).toString('base64')}`)
const rows = Object.values(settings).map(
  ({variable, fallback, help}) => `| \`${variable}\` | ${fallback === '' ? '' : `\`${fallback}\``} | ${help} |`,
)
const table = [
  '<!-- settings -->',
  '',
  '| variable | default | meaning |',
  '|---|---|---|',
  ...rows,
  '',
  '<!-- /settings -->',
].join('\n')

let stale = false
for (const name of ['README.md', 'README.pt-BR.md']) {
  const path = `${root}/${name}`
  const old = readFileSync(path, 'utf8')
  const text = old.replace(/<!-- settings -->[\s\S]*<!-- \/settings -->/, () => table)
  stale ||= text !== old
  if (!process.argv.includes('--check') && text !== old) writeFileSync(path, text)
}
if (stale && process.argv.includes('--check')) {
  process.stderr.write('The table of settings in README is stale: node scripts/settings-table.mjs\n')
  process.exit(1)
}
