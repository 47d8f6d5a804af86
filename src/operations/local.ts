import type {Config} from '../base/config.ts'
import {crashFromEnv} from '../runtime/crash.ts'
import {openRuntime, type Runtime} from '../runtime/runtime.ts'
import type {Client} from './client.ts'
import {runHere} from './here.ts'
import {invoke} from './invoke.ts'
import {operator} from './principal.ts'

/** A client on this machine's data. `runtime` is there for what no operation covers: migrations, serving. */
export interface LocalClient extends Client {
  readonly runtime: Runtime
}

export interface LocalOptions {
  config: Config
  osUser: string
  /** Id, domain or name. */
  tenant?: string
  env?: Readonly<Record<string, string | undefined>>
}

export async function openLocal({config, osUser, tenant, env = {}}: LocalOptions): Promise<LocalClient> {
  const runtime = await openRuntime({config, crash: crashFromEnv(env)})
  return localClient(runtime, {osUser, tenant})
}

/** The client on a runtime that is open already; it closes it. */
export function localClient(runtime: Runtime, {osUser, tenant}: {osUser: string; tenant?: string}): LocalClient {
  const principal = operator(osUser)
  return {
    runtime,
    call(operation, input) {
      if (operation.scope === 'here') return runHere(operation, input)
      return invoke(runtime, operation, input, {principal, tenant})
    },
    close: () => runtime.close(),
  }
}
