#!/usr/bin/env node
// The version is asked for by scripts and shells all day: it is told before anything is loaded.
import {readFileSync} from 'node:fs'
import {createRequire} from 'node:module'

const argv = process.argv.slice(2)
if (argv.length === 1 && (argv[0] === '--version' || argv[0] === '-v')) {
  const {name, version} = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
  process.stdout.write(`${name}/${version} ${process.platform}-${process.arch} node-${process.version}\n`)
} else {
  const {start} = createRequire(import.meta.url)('../dist/start.js')
  await start(argv, import.meta.url)
}
