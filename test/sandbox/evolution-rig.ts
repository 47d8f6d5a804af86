import {readFileSync} from 'node:fs'
import {systemClock} from '../../src/base/clock.ts'
import {type InstanceOptions, type SandboxOptions, startSandbox} from '../../src/sandbox/sandbox.ts'
import {receiver, type Receiver, seeded, type Wire} from './rig.ts'

export const KEY = 'INSTANCE-TOKEN'
export const NAME = 'provedor-demo'
export const MARIA = {phone: '+55 47 99999-0001', name: 'Maria A.', via: NAME}
/** One of the sample payloads. */
export const fixture = (name: string): Wire =>
  JSON.parse(readFileSync(new URL(`../fixtures/evolution-webhooks/${name}.json`, import.meta.url), 'utf8'))

/** A sandbox with one open instance and one receiver. */
export async function server(
  options: Partial<SandboxOptions> & {instance?: Partial<InstanceOptions>; hook?: Receiver} = {},
) {
  const hook = options.hook ?? (await receiver())
  const sandbox = await startSandbox({clock: systemClock, random: seeded(), statusDelayMs: 0, ...options})
  sandbox.addInstance({
    ...{name: NAME, apiKey: KEY, ownerPhone: '+55 47 3333-0001', webhookUrl: hook.url},
    ...options.instance,
  })
  const call = async (method: string, path: string, body?: unknown, apikey: string | undefined = KEY) => {
    const response = await fetch(sandbox.evolutionUrl + path, {
      method,
      headers: {...(apikey ? {apikey} : {}), 'content-type': 'application/json'},
      body: body === undefined ? undefined : JSON.stringify(body),
    })
    return {status: response.status, body: (await response.json()) as Wire}
  }
  return {
    ...{sandbox, hook, call},
    send: (action: string, body: unknown) => call('POST', `/message/${action}/${NAME}`, body),
    of: (event: string) => hook.events().filter((one) => one.event === event),
    async [Symbol.asyncDispose]() {
      await sandbox.close()
      await hook.close()
    },
  }
}
