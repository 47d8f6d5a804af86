import {parseConfig} from '../../src/base/config.ts'
import {crashFromEnv} from '../../src/runtime/crash.ts'
import {openRuntime} from '../../src/runtime/runtime.ts'
import {createTenant, removeTenant} from '../../src/tenants/lifecycle.ts'

/** Makes or removes one tenant, in a process that may be killed on the way. */
export async function workOnTenant(env: Readonly<Record<string, string | undefined>>): Promise<void> {
  const runtime = await openRuntime({config: parseConfig(env), crash: crashFromEnv(env)})
  const {control} = runtime.stores
  const [verb, id = ''] = env.CHAOS_TENANT?.split(' ') ?? []
  if (verb === 'create') await createTenant(runtime, control, {id, name: `Empresa ${id}`})
  else await removeTenant(runtime, control, id)
  await runtime.close()
}
