import {invoke} from '../../src/operations/invoke.ts'
import {sendMessage} from '../../src/operations/send.ts'
import {createTokenOperation} from '../../src/operations/tokens.ts'
import {addWhatsappConfig} from '../../src/operations/whatsapp-configs.ts'
import type {Runtime} from '../../src/runtime/runtime.ts'
import {addCompany, shell} from '../support/signing-in.ts'

export interface GraphqlAnswer {
  status: number
  headers: Headers
  text: string
  data: Record<string, unknown> | null | undefined
  errors: {message: string; path?: (string | number)[]; extensions: Record<string, unknown>}[]
}

/** Sends one query, or whatever else, as a client would. */
export async function post(
  url: string,
  body: unknown,
  {token, headers = {}}: {token?: string; headers?: Record<string, string>} = {},
): Promise<GraphqlAnswer> {
  const answer = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(token === undefined ? {} : {authorization: `Bearer ${token}`}),
      ...headers,
    },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
  const text = await answer.text()
  const {data, errors = []} = JSON.parse(text)
  return {status: answer.status, headers: answer.headers, text, data, errors}
}

export interface Company {
  tenant: string
  token: string
  conversations: string[]
}

/** A tenant with a number, a token, and so many conversations of two messages each. */
export async function addBusyCompany(runtime: Runtime, name: string, people: number): Promise<Company> {
  const tenant = await addCompany(runtime, name, {plan: 'enterprise'})
  const caller = {...shell, tenant}
  const {token} = await invoke(runtime, createTokenOperation, {name: 'ops'}, caller)
  const config = {
    name: 'loja',
    phone_number: '+551140000002',
    api_type: 'evolution',
    evolution_instance: `loja-${name}`,
    evolution_api_key: 'key',
    webhook_secret: 'secret',
    api_url: 'http://127.0.0.1:1',
  }
  await invoke(runtime, addWhatsappConfig, config, caller)
  const conversations: string[] = []
  for (let n = 0; n < people; n++) {
    const to = `+55119876500${String(n).padStart(2, '0')}`
    await invoke(runtime, sendMessage, {to, text: `Olá ${n}`}, caller)
    const {conversation_id: id} = await invoke(runtime, sendMessage, {to, text: `Tudo bem, ${n}?`}, caller)
    conversations.push(id)
  }
  return {tenant, token, conversations}
}
