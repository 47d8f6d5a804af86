import type {Http} from '../../base/http.ts'
import {fieldsOf, textOf} from '../../base/read.ts'
import type {Account} from '../channel.ts'
import {askEvolution} from './wire.ts'
import {SECRET_HEADER} from './verify.ts'

export type InstanceState = 'open' | 'connecting' | 'close' | 'unknown'

/** Either the phone is connected, or what it needs: the text of a QR code, or eight characters to type. */
export type Pairing = {state: 'open'} | {state: 'pairing'; code?: string; pairingCode?: string}

/** The events that `parse` has a use for. */
export const webhookEvents = [
  'QRCODE_UPDATED',
  'MESSAGES_UPSERT',
  'MESSAGES_EDITED',
  'MESSAGES_UPDATE',
  'MESSAGES_DELETE',
  'SEND_MESSAGE',
  'CONNECTION_UPDATE',
  'LOGOUT_INSTANCE',
  'REMOVE_INSTANCE',
  'STATUS_INSTANCE',
] as const

/** Starts pairing. With the phone's number (digits) the server makes a code to type instead of one to scan. */
export async function connectInstance(account: Account, http: Http, phone?: string): Promise<Pairing> {
  const query = phone === undefined ? '' : `?number=${encodeURIComponent(phone)}`
  const answer = await askEvolution({method: 'GET', action: 'instance/connect', query}, account, http)
  return pairingOf(answer)
}

export async function restartInstance(account: Account, http: Http): Promise<Pairing> {
  return pairingOf(await askEvolution({method: 'POST', action: 'instance/restart'}, account, http))
}

function pairingOf(answer: unknown): Pairing {
  const fields = fieldsOf(answer)
  if (fieldsOf(fields.instance).state === 'open') return {state: 'open'}
  return {state: 'pairing', code: textOf(fields.code), pairingCode: textOf(fields.pairingCode)}
}

export async function instanceState(account: Account, http: Http): Promise<InstanceState> {
  const answer = await askEvolution({method: 'GET', action: 'instance/connectionState'}, account, http)
  const state = textOf(fieldsOf(fieldsOf(answer).instance).state)
  return state === 'open' || state === 'connecting' || state === 'close' ? state : 'unknown'
}

/** Unpairs the phone; messages stop until it is paired again. */
export async function logoutInstance(account: Account, http: Http): Promise<void> {
  await askEvolution({method: 'DELETE', action: 'instance/logout'}, account, http)
}

/** Sends this instance's events to us, with the secret that `verify` asks for. `base64`: files inside the webhook. */
export async function setWebhook(
  webhook: {url: string; secret: string; base64?: boolean},
  account: Account,
  http: Http,
): Promise<void> {
  const json = {
    webhook: {
      enabled: true,
      url: webhook.url,
      headers: {[SECRET_HEADER]: webhook.secret},
      byEvents: false,
      base64: webhook.base64 ?? false,
      events: webhookEvents,
    },
  }
  await askEvolution({method: 'POST', action: 'webhook/set', json}, account, http)
}
