// `npm start`: from a fresh clone to the demonstration. Arguments go to `pytake demo`.
import {spawn} from 'node:child_process'
import {constants} from 'node:os'
import {join} from 'node:path'
import {orExplain, root, setUp} from './setup.mjs'

await orExplain(async () => {
  setUp()
  const child = spawn(process.execPath, [join(root, 'bin', 'run.js'), 'demo', ...process.argv.slice(2)], {
    stdio: 'inherit',
  })
  // A terminal sends its Ctrl-C to both of us; what is sent to this process alone is passed on.
  const forward = (signal) => {
    if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal)
  }
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']
  for (const signal of signals) process.on(signal, forward)
  const [code, signal] = await new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', (...how) => resolve(how))
  })
  process.exitCode = code ?? 128 + constants.signals[signal]
})
