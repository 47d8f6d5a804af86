import {createHmac} from 'node:crypto'
import {request} from 'undici'

/** A Cloud webhook with one text message for each of the numbers. */
export function textWebhook(
  messages: readonly {phoneNumberId: string; id: string; from: string; text: string}[],
): string {
  const timestamp = String(Math.floor(Date.now() / 1000))
  const changes = messages.map(({phoneNumberId, id, from, text}) => ({
    field: 'messages',
    value: {
      messaging_product: 'whatsapp',
      metadata: {display_phone_number: '551140000001', phone_number_id: phoneNumberId},
      contacts: [{profile: {name: 'Maria'}, wa_id: from}],
      messages: [{from, id, timestamp, type: 'text', text: {body: text}}],
    },
  }))
  return JSON.stringify({object: 'whatsapp_business_account', entry: [{id: '102290129340398', changes}]})
}

/** Posts a signed body; the HTTP status that came back. */
export async function postSigned(url: string, body: string, secret: string): Promise<number> {
  const signature = createHmac('sha256', secret).update(body).digest('hex')
  const answer = await request(`${url}/api/v1/whatsapp/webhook`, {
    method: 'POST',
    headers: {'content-type': 'application/json', 'x-hub-signature-256': `sha256=${signature}`},
    body,
  })
  await answer.body.dump()
  return answer.statusCode
}
