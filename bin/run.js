#!/usr/bin/env node
// The version is asked for by scripts and shells all day: it is told before anything is loaded.
import {createRequire} from 'node:module'

const require = createRequire(import.meta.url)
const argv = process.argv.slice(2)
if (argv.length === 1 && (argv[0] === '--version' || argv[0] === '-v')) {
  const {name, version} = require('../package.json')
  process.stdout.write(`${name}/${version} ${process.platform}-${process.arch} node-${process.version}\n`)
} else {
  require('../dist/quick-start.js').startQuickly(import.meta.url, process.env)
  await require('../dist/start.js').start(argv, import.meta.url)
}
