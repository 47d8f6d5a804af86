import {type Answer, json, type SandboxRequest} from '../exchange.ts'
import {isObject, type Json, listOf, objectOf, textOf} from '../json.ts'
import type {World} from '../world.ts'
import {EvolutionError, requires, schemaError} from './error.ts'
import type {ConnectionState, Evolution, Instance} from './instance.ts'
import {webhookRow} from './webhook.ts'

const integrations = ['WHATSAPP-BAILEYS', 'WHATSAPP-BUSINESS', 'EVOLUTION']
const settingNames = [
  'rejectCall',
  'msgCall',
  'groupsIgnore',
  'alwaysOnline',
  'readMessages',
  'readStatus',
  'syncFullHistory',
]
const onePixel =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC'
const eventNames = [
  ...['APPLICATION_STARTUP', 'QRCODE_UPDATED', 'MESSAGES_SET', 'MESSAGES_UPSERT', 'MESSAGES_EDITED', 'MESSAGES_UPDATE'],
  ...['MESSAGES_DELETE', 'SEND_MESSAGE', 'SEND_MESSAGE_UPDATE', 'CONTACTS_SET', 'CONTACTS_UPSERT', 'CONTACTS_UPDATE'],
  ...['PRESENCE_UPDATE', 'CHATS_SET', 'CHATS_UPSERT', 'CHATS_UPDATE', 'CHATS_DELETE', 'GROUPS_UPSERT', 'GROUP_UPDATE'],
  ...['GROUP_PARTICIPANTS_UPDATE', 'CONNECTION_UPDATE', 'LABELS_EDIT', 'LABELS_ASSOCIATION', 'CALL', 'TYPEBOT_START'],
  ...[
    'TYPEBOT_CHANGE_STATUS',
    'REMOVE_INSTANCE',
    'LOGOUT_INSTANCE',
    'INSTANCE_CREATE',
    'INSTANCE_DELETE',
    'STATUS_INSTANCE',
  ],
]

/** `POST /instance/create`. */
export function createInstance(world: World, evolution: Evolution, body: Json): Answer {
  const name = textOf(body.instanceName)
  if (!name) throw requires('instanceName')
  const integration = textOf(body.integration)
  if (!integrations.includes(integration)) throw new EvolutionError(400, ['Invalid integration'])
  if (evolution.instances.has(name)) throw new EvolutionError(403, [`This name "${name}" is already in use.`])
  const token = textOf(body.token) || world.ids.next().toUpperCase()
  const instance = evolution.addInstance({name, apiKey: token, ownerPhone: textOf(body.number), state: 'close'})
  Object.assign(instance, {integration, settings: settingsOf(body)})
  if (isObject(body.webhook)) instance.webhook = webhookOf(world, instance, body.webhook)
  put(instance, 'instance.create', {instanceName: name, instanceId: instance.id})
  const qrcode = body.qrcode === true ? connect(world, instance, undefined) : undefined
  const row = instance.webhook
  return json(201, {
    instance: {
      ...{instanceName: name, instanceId: instance.id, integration, webhookWaBusiness: null, accessTokenWaBusiness: ''},
      status: instance.state,
    },
    hash: token,
    webhook: {
      ...{webhookUrl: row?.url ?? '', webhookHeaders: row?.headers ?? {}},
      ...{webhookByEvents: row?.webhookByEvents ?? false, webhookBase64: row?.webhookBase64 ?? false},
    },
    ...{websocket: {}, rabbitmq: {}, nats: {}, sqs: {}, settings: {...instance.settings, wavoipToken: ''}},
    ...(qrcode ? {qrcode} : {}),
  })
}

/** `GET /instance/connect` and `POST /instance/restart`: a QR code, or the state when it is open. */
export function connectAnswer(world: World, instance: Instance, request: SandboxRequest): Answer {
  if (instance.state === 'open') return json(200, {instance: {instanceName: instance.name, state: 'open'}})
  return json(200, connect(world, instance, request.query.get('number') ?? undefined))
}

function connect(world: World, instance: Instance, number: string | undefined): Json {
  instance.state = 'connecting'
  instance.qrCount++
  const random = world.random.bytes(24).toString('base64')
  const pairingCode = number
    ? random
        .replace(/[^A-Z0-9]/gi, '')
        .slice(0, 8)
        .toUpperCase()
        .padEnd(8, 'X')
    : null
  const qrcode = {pairingCode, code: `2@${random},sandbox`, base64: onePixel}
  put(instance, 'qrcode.updated', {qrcode: {instance: instance.name, ...qrcode}})
  tellState(instance, 'connecting', 200)
  return {...qrcode, count: instance.qrCount}
}

/** The QR code was scanned: the instance opens. */
export function scan(instance: Instance): void {
  instance.state = 'open'
  const {name, ownerJid} = instance
  const data = {
    instance: name,
    wuid: ownerJid,
    profileName: name,
    profilePictureUrl: null,
    state: 'open',
    statusReason: 200,
  }
  put(instance, 'connection.update', data)
}

/** The connection is lost: 401 means for good, anything else the server itself repairs. */
export function disconnect(world: World, instance: Instance, reason: number): void {
  instance.state = 'close'
  tellState(instance, 'close', reason)
  if (![401, 402, 403, 406].includes(reason)) return
  put(instance, 'status.instance', {
    ...{instance: instance.name, status: 'closed', disconnectionReasonCode: reason},
    disconnectionAt: new Date(world.clock.now()).toISOString(),
    disconnectionObject: JSON.stringify({error: {data: null, output: {statusCode: reason}}}),
  })
}

/** `DELETE /instance/logout`. */
export function logout(world: World, instance: Instance): Answer {
  if (instance.state === 'close') throw new EvolutionError(400, [`The "${instance.name}" instance is not connected`])
  disconnect(world, instance, 401)
  put(instance, 'logout.instance', null)
  return json(200, {status: 'SUCCESS', error: false, response: {message: 'Instance logged out'}})
}

/** `DELETE /instance/delete`. */
export function remove(evolution: Evolution, instance: Instance): Answer {
  put(instance, 'instance.delete', {instanceName: instance.name, instanceId: instance.id})
  put(instance, 'remove.instance', null)
  evolution.instances.delete(instance.name)
  return json(200, {status: 'SUCCESS', error: false, response: {message: 'Instance deleted'}})
}

/** `GET /instance/fetchInstances`: all for the global key, else those with that token. */
export function fetchInstances(evolution: Evolution, request: SandboxRequest): Answer {
  const key = request.headers.apikey
  const name = request.query.get('instanceName')
  const id = request.query.get('instanceId')
  const rows = [...evolution.instances.values()].filter(
    (one) =>
      (key === evolution.globalKey || one.token === key) && (!name || one.name === name) && (!id || one.id === id),
  )
  if (name && rows.length === 0) throw new EvolutionError(404, [`The "${name}" instance does not exist`])
  return json(200, rows.map(rowOf))
}

function rowOf(instance: Instance): Json {
  const createdAt = new Date(instance.createdAt).toISOString()
  return {
    ...{id: instance.id, name: instance.name, connectionStatus: instance.state, ownerJid: instance.ownerJid},
    ...{
      profileName: instance.name,
      profilePicUrl: null,
      integration: instance.integration,
      number: null,
      businessId: null,
    },
    ...{
      token: instance.token,
      clientName: 'evolution_exchange',
      disconnectionReasonCode: null,
      disconnectionObject: null,
    },
    ...{
      disconnectionAt: null,
      createdAt,
      updatedAt: createdAt,
      Chatwoot: null,
      Proxy: null,
      Rabbitmq: null,
      Nats: null,
    },
    ...{Sqs: null, Websocket: null, Setting: instance.settings, _count: {Message: 0, Contact: 0, Chat: 0}},
  }
}

/** `POST /webhook/set`: the body is wrapped in `webhook`. */
export function setWebhook(world: World, instance: Instance, body: Json): Answer {
  if (!isObject(body.webhook)) throw requires('webhook')
  instance.webhook = webhookOf(world, instance, body.webhook)
  return json(201, instance.webhook)
}

function webhookOf(world: World, instance: Instance, webhook: Json) {
  for (const key of ['enabled', 'url']) {
    if (webhook[key] === undefined) throw schemaError(`instance.webhook requires property "${key}"`)
  }
  if (typeof webhook.enabled !== 'boolean') throw schemaError('instance.webhook.enabled is not of a type(s) boolean')
  const url = textOf(webhook.url)
  if (!URL.canParse(url)) throw new EvolutionError(400, ['Invalid "url" property'])
  const events = listOf(webhook.events).map(textOf)
  const strange = events.find((event) => !eventNames.includes(event))
  if (strange !== undefined)
    throw schemaError(`instance.webhook.events[${events.indexOf(strange)}] is not one of enum values`)
  const headers = Object.fromEntries(
    Object.entries(objectOf(webhook.headers)).map(([name, value]) => [name, textOf(value)]),
  )
  return webhookRow(world, instance, {
    ...{url, headers, enabled: webhook.enabled, byEvents: webhook.byEvents === true, base64: webhook.base64 === true},
    events: webhook.enabled ? events : [],
  })
}

/** The settings fields of a body, with their defaults. */
export const settingsOf = (body: Json): Json =>
  Object.fromEntries(settingNames.map((name) => [name, body[name] ?? (name === 'msgCall' ? '' : false)]))

function tellState(instance: Instance, state: ConnectionState, statusReason: number): void {
  put(instance, 'connection.update', {instance: instance.name, state, statusReason})
}

function put(instance: Instance, event: string, data: unknown): void {
  instance.sink.put({kind: 'connection', key: 'connection', event, data})
}
