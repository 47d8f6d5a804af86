import {erpCredentials} from './erp/provider.ts'
import type {Sandbox} from './contract.ts'
import {standing, type StandAloneOptions} from './stand-alone.ts'

type Addresses = Pick<Sandbox, 'cloudUrl' | 'evolutionUrl'>

/** What a person has to know to connect a server to the sandbox: everything that `pytake whatsapp add` asks for. */
export function introduction(
  {cloudUrl, evolutionUrl}: Addresses,
  {evolutionConfig}: Pick<StandAloneOptions, 'evolutionConfig'>,
): string[] {
  const {officialPhone, phoneNumberId, wabaId, token, appSecret, verifyToken} = standing
  const {instancePhone, instance, apiKey, webhookSecret, customers} = standing
  const webhooks = evolutionConfig === undefined ? ['its webhooks come with --evolution-config ID'] : []
  return [
    `official    --phone +${officialPhone} --phone-number-id ${phoneNumberId} --business-account-id ${wabaId}`,
    `            token ${token} · app secret ${appSecret} · verify token ${verifyToken} · --api-url ${cloudUrl}`,
    `evolution   --phone +${instancePhone} --instance ${instance} --api-url ${evolutionUrl}`,
    `            ${[`key ${apiKey}`, `webhook secret ${webhookSecret}`, ...webhooks].join(' · ')}`,
    `erp         ixcsoft: key ${erpCredentials.ixcsoft.token.slice(0, 8)}… · all credentials: --json`,
    `let a customer speak: curl -X POST ${cloudUrl}/sandbox/say -d '{"phone": "${customers[0].phone}", "via": "${phoneNumberId}", "text": "oi"}'`,
  ]
}
