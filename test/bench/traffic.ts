import {createHmac} from 'node:crypto'
import {createWamids} from '../../src/sandbox/cloud/identity.ts'
import {APP_SECRET, customerPhone, numberId, WABA} from './names.ts'

export interface Traffic {
  /** How many distinct webhooks. */
  count: number
  /** Number of the first, so that no two preparations make the same message. */
  from: number
  tenants: number
  customers: number
}

/** Scattered over an index as the real ones are, by customer, not in the order of their coming. */
const wamid = createWamids(Date.now(), 0)

/** Whole HTTP requests, ready for the socket. */
export function signedRequests({count, from, tenants, customers}: Traffic): Buffer[] {
  const seconds = Math.floor(Date.now() / 1000)
  return Array.from({length: count}, (_, n) => {
    const message = from + n
    const body = webhook(message, {
      number: numberId(message % tenants),
      phone: customerPhone(message % customers),
      seconds,
    })
    const signature = createHmac('sha256', APP_SECRET).update(body).digest('hex')
    return Buffer.from(
      'POST /api/v1/whatsapp/webhook HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n' +
        `user-agent: facebookexternalua\r\nx-hub-signature-256: sha256=${signature}\r\n` +
        `content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    )
  })
}

function webhook(n: number, {number, phone, seconds}: {number: string; phone: string; seconds: number}): string {
  return JSON.stringify({
    object: 'whatsapp_business_account',
    entry: [
      {
        id: WABA,
        changes: [
          {
            value: {
              messaging_product: 'whatsapp',
              metadata: {display_phone_number: '551140000000', phone_number_id: number},
              contacts: [{profile: {name: `Cliente ${phone.slice(-6)}`}, wa_id: phone}],
              messages: [
                {
                  from: phone,
                  id: wamid(phone, false),
                  timestamp: String(seconds),
                  type: 'text',
                  text: {body: `Oi, quero saber do pedido ${n}`},
                },
              ],
            },
            field: 'messages',
          },
        ],
      },
    ],
  })
}
