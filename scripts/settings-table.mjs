// Writes the tables of settings and of roles into the READMEs from the code that goes by them; with --check only compares.
import {readFileSync, writeFileSync} from 'node:fs'
import {fileURLToPath} from 'node:url'
import {build} from 'esbuild'

const root = fileURLToPath(new URL('..', import.meta.url))

async function load(path) {
  const {outputFiles} = await build({
    absWorkingDir: root,
    entryPoints: [path],
    bundle: true,
    format: 'esm',
    platform: 'node',
    write: false,
  })
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].text).toString('base64')}`)
}

const table = (name, head, rows) =>
  [`<!-- ${name} -->`, '', head, head.replace(/[^|]+/g, '---'), ...rows, '', `<!-- /${name} -->`].join('\n')

const {settings} = await load('src/base/config.ts')
const {grants} = await load('src/operations/roles.ts')
const {permissions} = await load('src/operations/permissions.ts')
const roles = ['admin', 'user', 'agent', 'viewer']
const tables = {
  settings: table(
    'settings',
    '| variable | default | meaning |',
    Object.values(settings).map(
      ({variable, fallback, help}) => `| \`${variable}\` | ${fallback === '' ? '' : `\`${fallback}\``} | ${help} |`,
    ),
  ),
  roles: table(
    'roles',
    `| permission | ${roles.join(' | ')} | to |`,
    Object.entries(grants).map(
      ([name, granted]) =>
        `| \`${name}\` | ${roles.map((role) => (granted.includes(role) ? '✓' : '')).join(' | ')} | ${permissions[name]} |`,
    ),
  ),
}

let stale = false
for (const name of ['README.md', 'README.pt-BR.md']) {
  const path = `${root}/${name}`
  const old = readFileSync(path, 'utf8')
  const text = Object.entries(tables).reduce(
    (text, [key, rows]) => text.replace(new RegExp(`<!-- ${key} -->[\\s\\S]*<!-- /${key} -->`), () => rows),
    old,
  )
  stale ||= text !== old
  if (!process.argv.includes('--check') && text !== old) writeFileSync(path, text)
}
if (stale && process.argv.includes('--check')) {
  process.stderr.write('A table in README is stale: node scripts/settings-table.mjs\n')
  process.exit(1)
}
