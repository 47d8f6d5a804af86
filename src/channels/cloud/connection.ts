import type {Http} from '../../base/http.ts'
import {fieldsOf, itemsOf, textOf, type Fields} from '../../base/read.ts'
import type {Account, ConnectionReport} from '../channel.ts'
import {callGraph, type GraphAnswer} from './graph.ts'

const SHORT_FIELDS = 'id,display_phone_number,verified_name,quality_rating'
const FIELDS = `${SHORT_FIELDS},status,name_status,code_verification_status,platform_type,throughput,account_mode`

type Check = ConnectionReport['checks'][number]

/** Asks Graph about the number and about the webhook subscription. Changes nothing; never throws for an answer. */
export async function testCloud(account: Account, http: Http): Promise<ConnectionReport> {
  const info = await numberInfo(account, http)
  if (info.outcome !== 'ok') {
    const {message, details, nextStep} = info.error
    const check = {name: 'number', ok: false, message: withDetails(message, details), help: nextStep}
    return {ok: false, checks: [check]}
  }
  const checks = [accessCheck(info.fields), ...stateChecks(info.fields), await subscriptionCheck(account, http)]
  return {
    ok: checks.every((check) => check.ok),
    checks,
    displayPhoneNumber: textOf(info.fields.display_phone_number),
    verifiedName: textOf(info.fields.verified_name),
    quality: textOf(info.fields.quality_rating),
  }
}

const withDetails = (message: string, details: string | undefined) =>
  details === undefined ? message : `${message} (${details})`

/** Error 100 is also what Graph says to a field that it has dropped: then only the safe ones are asked for. */
async function numberInfo(account: Account, http: Http): Promise<GraphAnswer> {
  const ask = (fields: string) =>
    callGraph({method: 'GET', path: `${account.phoneNumberId ?? ''}?fields=${fields}`}, account, http)
  const answer = await ask(FIELDS)
  return answer.outcome === 'refused' && answer.error.code === '100' ? ask(SHORT_FIELDS) : answer
}

function accessCheck(fields: Fields): Check {
  const who = [textOf(fields.verified_name), textOf(fields.display_phone_number)].filter(Boolean).join(', ')
  return {name: 'number', ok: true, message: `The token reads this number: ${who || textOf(fields.id)}.`}
}

function stateChecks(fields: Fields): Check[] {
  const checks: Check[] = []
  const status = textOf(fields.status)
  if (status !== undefined) {
    const ok = status === 'CONNECTED'
    const help = ok ? undefined : 'Only a connected number can send: look at it in WhatsApp Manager, phone numbers.'
    checks.push({name: 'status', ok, message: `The number is ${status}.`, help})
  }
  const quality = textOf(fields.quality_rating)
  if (quality !== undefined) {
    const ok = quality !== 'RED'
    const help = ok ? undefined : 'People block or report it: send less marketing, and only to those who asked.'
    checks.push({name: 'quality', ok, message: `Quality is ${quality}.`, help})
  }
  const platform = textOf(fields.platform_type)
  if (platform !== undefined && platform !== 'CLOUD_API') {
    const help = 'Register the number on the Cloud API.'
    checks.push({name: 'platform', ok: false, message: `The number is on ${platform}.`, help})
  }
  return checks
}

async function subscriptionCheck(account: Account, http: Http): Promise<Check> {
  const name = 'webhook'
  if (account.businessAccountId === undefined) {
    const help = 'Set it: pytake whatsapp edit NAME --business-account-id ID'
    return {name, ok: false, message: 'No business account id is set, so the webhook cannot be checked.', help}
  }
  const answer = await callGraph({method: 'GET', path: `${account.businessAccountId}/subscribed_apps`}, account, http)
  if (answer.outcome !== 'ok') {
    return {
      name,
      ok: false,
      message: withDetails(answer.error.message, answer.error.details),
      help: answer.error.nextStep,
    }
  }
  const apps = itemsOf(answer.fields.data).map((raw) => textOf(fieldsOf(fieldsOf(raw).whatsapp_business_api_data).name))
  if (apps.length === 0) {
    const help = 'Subscribe the app to this business account: without it no message arrives. Then test again.'
    return {name, ok: false, message: 'No app is subscribed to this business account.', help}
  }
  return {name, ok: true, message: `Webhooks go to ${apps.map((app) => app ?? 'an app without a name').join(', ')}.`}
}
