import {invalid, notFound} from '../../base/errors.ts'
import {createDirectory} from '../directory.ts'
import {digitsOf} from '../phone.ts'
import type {Sink} from '../sink.ts'
import type {World} from '../world.ts'
import type {Cloud, CloudNumber, CloudUpdate, NumberOptions, Waba} from './account.ts'
import {createWamids} from './identity.ts'
import {createMediaStore} from './media.ts'
import {createAllowance, createPairs} from './pace.ts'
import {createTemplate} from './template.ts'
import {createWebhook} from './webhook.ts'

/** The state of Meta's side. Adding a number again changes it and keeps its people. */
export function createCloud(world: World): Cloud {
  const webhooks = new Map<string, Sink<CloudUpdate>>()
  let templateId = 100_000_000_000_100
  const cloud: Cloud = {
    numbers: new Map(),
    wabas: new Map(),
    media: createMediaStore(world),
    url: '',
    wamid: createWamids(world.clock.now(), world.random.number()),
    deliveries: new Map(),
    webhookOf(number) {
      const url = number.waba.override ?? number.webhookUrl
      const key = `${url}\n${number.appSecret}`
      const known = webhooks.get(key) ?? createWebhook(world, {url, appSecret: number.appSecret})
      webhooks.set(key, known)
      return known
    },
    addNumber(options) {
      const {phoneNumberId: id, wabaId} = options
      if (!/^\d+$/.test(id) || !/^\d+$/.test(wabaId))
        throw invalid('phoneNumberId', 'ids of numbers and WABAs are digits.')
      const waba = cloud.wabas.get(wabaId) ?? {id: wabaId, templates: [], subscribed: true, override: undefined}
      cloud.wabas.set(wabaId, waba)
      for (const template of options.templates ?? []) {
        waba.templates = waba.templates.filter((t) => t.name !== template.name || t.language !== template.language)
        waba.templates.push(createTemplate(template, String(templateId++)))
      }
      cloud.numbers.set(id, numberOf(world, options, waba, cloud.numbers.get(id)))
    },
    number(id) {
      const number = cloud.numbers.get(id)
      if (!number) throw notFound(`Phone number id ${id}`)
      return number
    },
  }
  return cloud
}

function numberOf(world: World, options: NumberOptions, waba: Waba, old: CloudNumber | undefined): CloudNumber {
  return {
    ...options,
    digits: digitsOf(options.displayPhone),
    waba,
    registered: old?.registered ?? true,
    directory: old?.directory ?? createDirectory(options.wabaId),
    throughput: createAllowance(world.clock, options.throughputPerSecond ?? 80),
    pairs: createPairs(world.clock, options.enforcePairRate ?? true),
    inbound: old?.inbound ?? new Map<string, string>(),
    profile: old?.profile ?? {},
  }
}
