import {invalid, notFound} from '../../base/errors.ts'
import {createDirectory} from '../directory.ts'
import {digitsOf} from '../phone.ts'
import type {World} from '../world.ts'
import {type Evolution, type Instance, personJid} from './instance.ts'
import {createLog} from './message-log.ts'
import {createInstanceWebhook, webhookRow} from './webhook.ts'

/** The state of an Evolution server. Adding an instance again changes it and keeps its people. */
export function createEvolution(world: World, globalKey: string): Evolution {
  const evolution: Evolution = {
    instances: new Map(),
    globalKey,
    url: '',
    addInstance(options) {
      const {name, webhookSecretHeader: secret} = options
      if (!name || name.includes('/')) throw invalid('name', `"${name}" is no name for an instance.`)
      const old = evolution.instances.get(name)
      const instance = Object.assign(old ?? blank(world, name), {
        token: options.apiKey,
        ownerJid: personJid(digitsOf(options.ownerPhone)),
        state: options.state ?? 'open',
        acceptUnknown: options.acceptUnknown ?? false,
      })
      if (options.webhookUrl !== undefined) {
        const headers = secret ? {[secret.name]: secret.value} : {}
        const base64 = options.webhookBase64 ?? false
        instance.webhook = webhookRow(world, instance, {url: options.webhookUrl, headers, base64})
      }
      instance.sink = createInstanceWebhook(world, evolution, instance)
      evolution.instances.set(name, instance)
      return instance
    },
    instance(name) {
      const instance = evolution.instances.get(name)
      if (!instance) throw notFound(`Instance ${name}`)
      return instance
    },
  }
  return evolution
}

function blank(world: World, name: string): Instance {
  return {
    ...{token: '', ownerJid: '', state: 'close', acceptUnknown: false},
    ...{id: world.ids.next(), name, integration: 'WHATSAPP-BAILEYS', webhook: undefined, settings: {}},
    directory: createDirectory(name),
    log: createLog(world.settings.keepMessages),
    sink: {put: () => undefined},
    createdAt: world.clock.now(),
    qrCount: 0,
  }
}
