import type {Clock} from '../base/clock.ts'
import type {Random} from '../base/ids.ts'
import {systemClock} from '../base/clock.ts'
import {systemRandom} from '../base/ids.ts'
import type {Sandbox} from './contract.ts'
import {remember} from './control.ts'
import {startSandbox} from './sandbox.ts'

export {erpCredentials} from './erp/provider.ts'

/** What the sandbox knows when it starts: one official number, one Evolution instance, two customers. */
export const standing = {
  phoneNumberId: '106540352242922',
  wabaId: '102290129340398',
  officialPhone: '551140000001',
  token: 'sandbox-token',
  appSecret: 'sandbox-app-secret',
  verifyToken: 'sandbox-verify-token',
  instance: 'sandbox',
  apiKey: 'sandbox-instance-key',
  instancePhone: '551140000002',
  webhookSecret: 'sandbox-webhook-secret',
  customers: [
    {phone: '5511987650001', name: 'Maria Souza'},
    {phone: '5511987650002', name: 'João Lima'},
  ],
} as const

export interface StandAloneOptions {
  cloudPort: number
  evolutionPort: number
  erpPort: number
  faults: readonly string[]
  latencyMs?: number
  /** Where webhooks go: the base address of a PyTake server. */
  server: string
  /** Evolution's webhooks go to the address of a config, so its id has to be known. */
  evolutionConfig?: string
  clock?: Clock
  random?: Random
}

/** Starts the stand-ins for people to connect a server to by hand. */
export async function startStandAlone(options: StandAloneOptions): Promise<Sandbox> {
  const {clock = systemClock, random = systemRandom, cloudPort, evolutionPort, erpPort, latencyMs} = options
  const sandbox = await startSandbox({
    ...{clock, random, cloudPort, evolutionPort, erpPort, latencyMs, faults: [...options.faults]},
  })
  const webhook = `${options.server.replace(/\/$/, '')}/api/v1/whatsapp/webhook`
  sandbox.addNumber({
    phoneNumberId: standing.phoneNumberId,
    wabaId: standing.wabaId,
    displayPhone: standing.officialPhone,
    token: standing.token,
    appSecret: standing.appSecret,
    verifyToken: standing.verifyToken,
    webhookUrl: webhook,
  })
  sandbox.addInstance({
    name: standing.instance,
    apiKey: standing.apiKey,
    ownerPhone: standing.instancePhone,
    webhookUrl: options.evolutionConfig === undefined ? undefined : `${webhook}/${options.evolutionConfig}`,
    webhookSecretHeader: {name: 'X-Webhook-Secret', value: standing.webhookSecret},
  })
  for (const customer of standing.customers) {
    remember(sandbox, {...customer, via: standing.phoneNumberId})
    remember(sandbox, {...customer, via: standing.instance})
  }
  return sandbox
}
