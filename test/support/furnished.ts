import {HttpError, type Http} from '../../src/base/http.ts'
import {invoke} from '../../src/operations/invoke.ts'
import {operations} from '../../src/operations/registry.ts'
import {createTokenOperation} from '../../src/operations/tokens.ts'
import type {Runtime} from '../../src/runtime/runtime.ts'
import {addCompany, shell} from './signing-in.ts'

/** A world outside in which nobody is at home. */
export const nobodyAtHome: Http = {
  request: () => Promise.reject(new HttpError('connect', 'before', 'Nobody is there.')),
  check: () => Promise.resolve(),
  separate: () => nobodyAtHome,
  close: () => Promise.resolve(),
}

export interface Furnished {
  tenant: string
  /** Of the tenant, with every permission that a tenant can give. */
  token: string
  /** Of the platform. */
  platform: string
  /** Ids and names of the tenant and of these two tokens: without them nobody gets in any more. */
  needed: string[]
  /** Ids and names of what is there, by resource: the first part of the operation's id. */
  there: Record<string, string[]>
}

const FLOW = `flow: boas-vindas
trigger: {type: keyword, keywords: [oi]}
nodes:
  - {id: ola, type: message, data: {text: Oi}, next: espera}
  - {id: espera, type: wait, data: {save_as: nome}, next: fim}
  - {id: fim, type: end}
`

/** A tenant with one of everything, made as a caller would make it. */
export async function furnish(runtime: Runtime, name = 'Provedora Azul', phone = '+5511999990001'): Promise<Furnished> {
  const tenant = await addCompany(runtime, name)
  const caller = {...shell, tenant}
  const byId = new Map(Object.values(operations).map((one) => [one.id, one]))
  const make = async (id: string, input: object): Promise<Record<string, unknown>> => {
    const operation = byId.get(id)
    if (!operation) throw new Error(`There is no operation ${id}.`)
    return (await invoke(runtime, operation, input, caller)) as Record<string, unknown>
  }
  const mine = await make('tokens.create', {name: 'the caller'})
  const other = await make('tokens.create', {name: 'another'})
  const platform = await invoke(runtime, createTokenOperation, {name: `ops of ${name}`, platform: true}, shell)
  const user = await make('users.create', {
    email: `${tenant}@example.com`,
    name: 'Ana',
    password: 'correct horse battery',
  })
  await make('secrets.set', {name: 'API', value: 'a secret of a flow'})
  const official = await make('whatsapp_configs.add', {
    ...{name: 'principal', api_type: 'official', phone_number: '+551140000001'},
    ...{phone_number_id: `1065${tenant.slice(-8)}`, access_token: 'token', app_secret: 'app secret'},
  })
  const evolution = await make('whatsapp_configs.add', {
    ...{name: 'loja', api_type: 'evolution', phone_number: '+551140000002', api_url: 'https://evolution.invalid'},
    ...{evolution_instance: `loja ${tenant}`, evolution_api_key: 'key', webhook_secret: 'header'},
  })
  const contact = await make('contacts.add', {phone, name: 'Bia', tags: ['vip']})
  const message = await make('messages.send', {to: phone, from: 'loja', text: 'Oi, Bia'})
  await make('flows.apply', {files: [{name: 'boas-vindas.yaml', text: FLOW}]})
  const media = await make('media.upload', {
    data: Buffer.from(`%PDF-1.4 ${name}`).toString('base64'),
    mime_type: 'application/pdf',
  })
  const erp = await make('erp.connect', {
    ...{erp_type: 'ixcsoft', name: 'ixc', api_url: 'https://erp.invalid', api_key: 'erp key'},
  })
  const hook = await make('hooks.create', {name: 'crm', url: 'http://93.184.216.34/', types: ['*']})
  const idOf = ({id}: Record<string, unknown>) => id as string
  const there = {
    ...{
      tokens: [idOf(other)],
      users: [idOf(user)],
      secrets: ['API'],
      hooks: [idOf(hook)],
      flows: ['boas-vindas'],
      erp: [idOf(erp)],
    },
    ...{whatsapp_configs: [idOf(official), idOf(evolution)], contacts: [idOf(contact)], messages: [idOf(message)]},
    ...{conversations: [message.conversation_id as string], media: [media.sha256 as string, idOf(message)]},
  }
  const needed = [tenant, name, idOf(mine), 'the caller', platform.id, `ops of ${name}`]
  return {tenant, token: mine.token as string, platform: platform.token, needed, there}
}
