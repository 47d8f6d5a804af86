import type {AddressInfo} from 'node:net'
import {buildApi, type ApiOptions} from '../../src/api/app.ts'
import {parseConfig} from '../../src/base/config.ts'
import {operations} from '../../src/operations/registry.ts'
import {openRuntime, type Runtime, type RuntimeOptions} from '../../src/runtime/runtime.ts'

export interface TestServer {
  url: string
  runtime: Runtime
  close(): Promise<void>
}

/** A runtime on the data that the variables point to. */
export const testRuntime = (env: Record<string, string>, more: Partial<RuntimeOptions> = {}): Promise<Runtime> =>
  openRuntime({config: parseConfig({...env, RATE_LIMIT_BURST: env.RATE_LIMIT_BURST ?? '100000'}), ...more})

/** The HTTP surface in this process, on a port of its own. */
export async function startApi(
  env: Record<string, string>,
  more: Partial<ApiOptions> = {},
  options: Partial<RuntimeOptions> = {},
): Promise<TestServer> {
  const runtime = await testRuntime(env, options)
  const app = await buildApi({runtime, operations, ...more})
  await app.listen({host: '127.0.0.1', port: 0})
  const {port} = app.server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    runtime,
    async close() {
      await app.close()
      await runtime.close()
    },
  }
}
