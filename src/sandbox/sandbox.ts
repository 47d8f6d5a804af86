import {PytakeError} from '../base/errors.ts'
import {createIds} from '../base/ids.ts'
import type {Cloud, StatusName} from './cloud/account.ts'
import {createCloud} from './cloud/cloud.ts'
import {faultAnswer as graphFault} from './cloud/error.ts'
import {createCloudLine} from './cloud/line.ts'
import {answerGraph} from './cloud/routes.ts'
import {sendStatus} from './cloud/status.ts'
import {handshake, setTemplateStatus} from './cloud/waba-routes.ts'
import type {AcceptedFilter, Sandbox, SandboxOptions} from './contract.ts'
import {answerControl} from './control.ts'
import {createCustomer, type Customer, type CustomerOptions} from './customer.ts'
import {faultAnswer as evolutionFault} from './evolution/error.ts'
import {disconnect, scan} from './evolution/instance-routes.ts'
import type {Evolution} from './evolution/instance.ts'
import {createEvolutionLine, typeOnPhone} from './evolution/line.ts'
import type {AckStatus} from './evolution/message-log.ts'
import {answerEvolution} from './evolution/routes.ts'
import {acknowledge} from './evolution/send.ts'
import {createEvolution} from './evolution/server.ts'
import {createProvider, type Provider} from './erp/provider.ts'
import {answerErp, erpFault} from './erp/routes.ts'
import {CONTROL, listen, type Listening} from './exchange.ts'
import {matchKey} from './phone.ts'
import {type AcceptedMessage, createWorld, type World} from './world.ts'

export type {Sandbox, SandboxOptions} from './contract.ts'
export type {Customer, ReceivedMessage} from './customer.ts'
export type {NumberOptions} from './cloud/account.ts'
export type {InstanceOptions} from './evolution/instance.ts'

/** Starts the stand-ins. A bad fault is VALIDATION_ERROR, a port in use rejects with node's error. */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const {clock, random, host = '127.0.0.1'} = options
  const {latencyMs = 0, statusDelayMs = 40, readReceipts = true, autoStatuses = true, keepMessages = 10_000} = options
  const {retryAtMostMs = Number.POSITIVE_INFINITY} = options
  const world = createWorld({
    ...{clock, random, ids: options.ids ?? createIds(clock, random), faults: options.faults ?? []},
    settings: {latencyMs, statusDelayMs, readReceipts, autoStatuses, keepMessages, retryAtMostMs},
  })
  const cloud = createCloud(world)
  const evolution = createEvolution(world, options.evolutionKey ?? 'sandbox-global-key')
  const provider = createProvider(world)
  const stands: Stands = {world, cloud, evolution, provider, erpUrl: ''}
  const servers: Listening[] = []
  const sandbox = handle(stands, servers)
  try {
    const meta = await listen(world, {
      ...{host, port: options.cloudPort ?? 0},
      answer: (request) =>
        request.path.startsWith(CONTROL) ? answerControl(sandbox, request) : answerGraph(world, cloud, request),
      faultAnswer: (status) => graphFault(world, status),
    })
    servers.push(meta)
    const evo = await listen(world, {
      ...{host, port: options.evolutionPort ?? 0},
      answer: (request) => answerEvolution(world, evolution, request),
      faultAnswer: evolutionFault,
    })
    servers.push(evo)
    const erp = await listen(world, {
      ...{host, port: options.erpPort ?? 0},
      answer: (request) => answerErp(provider, request),
      faultAnswer: erpFault,
    })
    servers.push(erp)
    stands.erpUrl = erp.url
    cloud.url = meta.url
    evolution.url = evo.url
  } catch (error) {
    await sandbox.close()
    throw error
  }
  return sandbox
}

interface Stands {
  world: World
  cloud: Cloud
  evolution: Evolution
  provider: Provider
  erpUrl: string
}

function handle(stands: Stands, servers: Listening[]): Sandbox {
  const {world, cloud, evolution, provider} = stands
  return {
    get erpUrl() {
      return stands.erpUrl
    },
    erp: provider,
    get cloudUrl() {
      return cloud.url
    },
    get evolutionUrl() {
      return evolution.url
    },
    evolutionKey: evolution.globalKey,
    addNumber: (options) => cloud.addNumber(options),
    addInstance: (options) => void evolution.addInstance(options),
    customer: (options) => customerOf({world, cloud, evolution}, options),
    setFaults: (faults) => world.faults.set(faults),
    faults: () => world.faults.list(),
    stats: () => ({...world.counters, faulted: world.faults.struck, pending: world.pending}),
    accepted: (filter = {}) => world.accepted.all().filter((message) => fits(message, filter)),
    status: (id, status, code) => tellStatus({world, cloud, evolution}, id, status, code),
    setTemplateStatus: (wabaId, name, status) => changeTemplate(cloud, wabaId, name, status),
    async verifyWebhook(phoneNumberId) {
      const number = cloud.number(phoneNumberId)
      return handshake(world, number.webhookUrl, number.verifyToken ?? '')
    },
    scan: (name) => scan(evolution.instance(name)),
    disconnect: (name, reason) => disconnect(world, evolution.instance(name), reason),
    typeOnPhone(customer, text) {
      const instance = evolution.instance(customer.via)
      const person = instance.directory.byNumber(customer.phone)
      if (!person) throw new PytakeError('NOT_FOUND', `${customer.name} is not reached by ${customer.via}.`)
      return typeOnPhone(world, instance, person, text)
    },
    idle: () => world.idle(),
    async close() {
      await Promise.all(servers.map((server) => server.close()))
      await world.close()
    },
  }
}

function customerOf(
  {world, cloud, evolution}: Omit<Stands, 'provider' | 'erpUrl'>,
  options: CustomerOptions,
): Customer {
  const {via} = options
  const number = cloud.numbers.get(via)
  if (number) return createCustomer(number.directory.add(options), createCloudLine(world, cloud, via), world.clock)
  const person = evolution.instance(via).directory.add(options)
  return createCustomer(person, createEvolutionLine(world, evolution, via), world.clock)
}

function fits(message: AcceptedMessage, {via, to, type, callbackData, since}: AcceptedFilter): boolean {
  return (
    (via === undefined || message.via === via) &&
    (to === undefined || matchKey(message.account.replace(/@.*$/, '')) === matchKey(to)) &&
    (type === undefined || message.type === type) &&
    (callbackData === undefined || message.callbackData === callbackData) &&
    (since === undefined || message.at >= since)
  )
}

function tellStatus(
  {world, cloud, evolution}: Omit<Stands, 'provider' | 'erpUrl'>,
  id: string,
  status: string,
  code?: number,
): void {
  const delivery = cloud.deliveries.get(id)
  if (delivery) {
    const failure = code === undefined ? delivery.failure : {code}
    return sendStatus(world, cloud, {...delivery, failure}, status as StatusName)
  }
  for (const instance of evolution.instances.values()) {
    const message = instance.log.get(id)
    if (message) return acknowledge(instance, message, status as AckStatus)
  }
  throw new PytakeError('NOT_FOUND', `No message ${id} was accepted, or it is forgotten.`)
}

function changeTemplate(cloud: Cloud, wabaId: string, name: string, status: string): void {
  const number = [...cloud.numbers.values()].find((one) => one.wabaId === wabaId)
  const templates = number?.waba.templates.filter((template) => template.name === name) ?? []
  if (!number || templates.length === 0)
    throw new PytakeError('NOT_FOUND', `Template ${name} was not found in ${wabaId}.`)
  for (const template of templates) setTemplateStatus(cloud, number, template, status)
}
