import type {Http} from '../../base/http.ts'
import {fieldsOf, itemsOf, textOf, type Fields} from '../../base/read.ts'
import type {Account, ConnectionReport} from '../channel.ts'
import type {ProviderError} from '../errors.ts'
import {webhookEvents} from './instance.ts'
import {askServer, callEvolution} from './wire.ts'

type Check = ConnectionReport['checks'][number]

/** The key that the project's example settings ship with: everybody knows it. */
const SAMPLE_KEY_START = '429683C4'

/** Asks the server about itself, the instance and the webhook. Changes nothing; never throws for an answer. */
export async function testEvolution(account: Account, http: Http): Promise<ConnectionReport> {
  if (account.apiUrl === undefined) return {ok: false, checks: [noAddress]}
  const checks = [await serverCheck(account, http)]
  if (!checks[0]?.ok) return {ok: false, checks}
  checks.push(await stateCheck(account, http), await webhookCheck(account, http), ...keyChecks(account))
  const owner = await ownerOf(account, http)
  return {
    ok: checks.every((check) => check.ok),
    checks,
    displayPhoneNumber: textOf(owner.ownerJid)?.replace(/[:@].*$/, ''),
    verifiedName: textOf(owner.profileName),
  }
}

const noAddress: Check = {
  name: 'server',
  ok: false,
  message: 'No address of the Evolution server is set.',
  help: 'Set it: pytake whatsapp edit NAME --api-url URL',
}

function failed(name: string, {message, details, nextStep}: ProviderError): Check {
  return {name, ok: false, message: details === undefined ? message : `${message} (${details})`, help: nextStep}
}

async function serverCheck(account: Account, http: Http): Promise<Check> {
  const answer = await askServer('', account, http)
  if (answer.outcome !== 'ok') return failed('server', answer.error)
  const version = textOf(fieldsOf(answer.json).version)
  if (version?.startsWith('1.')) {
    const help = 'Update the server to 2.x: version 1 takes other requests.'
    return {name: 'server', ok: false, message: `The server runs Evolution ${version}.`, help}
  }
  return {name: 'server', ok: true, message: `The server runs Evolution ${version ?? 'of an unknown version'}.`}
}

async function stateCheck(account: Account, http: Http): Promise<Check> {
  const answer = await callEvolution({method: 'GET', action: 'instance/connectionState'}, account, http)
  if (answer.outcome !== 'ok') return failed('instance', answer.error)
  const state = textOf(fieldsOf(fieldsOf(answer.json).instance).state) ?? 'unknown'
  const ok = state === 'open'
  const help = ok ? undefined : 'Pair the phone: pytake whatsapp connect NAME'
  return {name: 'instance', ok, message: `The instance ${account.instance ?? ''} is ${state}.`, help}
}

async function webhookCheck(account: Account, http: Http): Promise<Check> {
  const name = 'webhook'
  const answer = await callEvolution({method: 'GET', action: 'webhook/find'}, account, http)
  if (answer.outcome !== 'ok') return failed(name, answer.error)
  const webhook = fieldsOf(answer.json)
  const help = 'Set it up: pytake whatsapp connect NAME'
  if (webhook.enabled !== true) return {name, ok: false, message: 'The instance sends its events nowhere.', help}
  const events = itemsOf(webhook.events)
  const missing = webhookEvents.filter((event) => !events.includes(event))
  // An empty list means all of them.
  if (events.length > 0 && missing.length > 0) {
    return {name, ok: false, message: `The webhook leaves out ${missing.join(', ')}.`, help}
  }
  return {name, ok: true, message: `Events go to ${hostOf(textOf(webhook.url))}.`}
}

const hostOf = (url: string | undefined) => (url !== undefined && URL.canParse(url) ? new URL(url).host : 'an address')

function keyChecks(account: Account): Check[] {
  if (!account.apiKey?.startsWith(SAMPLE_KEY_START)) return []
  const message = 'The API key is the sample from the documentation: anybody can use this server.'
  return [{name: 'key', ok: false, message, help: 'Set another AUTHENTICATION_API_KEY on the server, and here.'}]
}

/** The instance's own row: who is paired. Its absence is no problem, so it is no check. */
async function ownerOf(account: Account, http: Http): Promise<Fields> {
  const query = `instanceName=${encodeURIComponent(account.instance ?? '')}`
  const answer = await askServer(`instance/fetchInstances?${query}`, account, http)
  return answer.outcome === 'ok' ? fieldsOf(itemsOf(answer.json)[0]) : fieldsOf(undefined)
}
