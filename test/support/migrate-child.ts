import {parseConfig} from '../../src/base/config.ts'
import {migrateAll} from '../../src/operations/migrations.ts'
import {crashFromEnv} from '../../src/runtime/crash.ts'
import {openRuntime} from '../../src/runtime/runtime.ts'
import {oneAhead} from './one-ahead.ts'

/** `pytake migrate` of tomorrow's program in a process of its own, to be killed. Answers with what it applied. */
const runtime = await openRuntime({
  config: parseConfig(process.env),
  crash: crashFromEnv(process.env),
  migrations: oneAhead,
})
const results = await migrateAll(runtime, () => undefined)
await runtime.close()
process.send?.(results, () => process.disconnect())
