import type {Json} from '../json.ts'
import {createSink, type Sink} from '../sink.ts'
import type {World} from '../world.ts'
import type {CloudNumber, CloudUpdate} from './account.ts'
import {metaJson, signatureOf} from './signature.ts'

interface Value {
  messaging_product: 'whatsapp'
  metadata: {display_phone_number: string; phone_number_id: string}
  contacts?: Json[]
  [list: string]: unknown
}

/** Meta allows 1000 updates in one POST; bodies are read sooner when they stay small. */
const BATCH = 100
const LANES = 8
/** Gaps before each retry: at once, then growing. */
const GAPS_MS = [0, 250, 1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 120_000, 300_000]
const GIVE_UP_MS = 7 * 86_400_000

/** Signed webhooks to one URL, with Meta's batching and retries. */
export function createWebhook(world: World, {url, appSecret}: {url: string; appSecret: string}): Sink<CloudUpdate> {
  return createSink<CloudUpdate>(world, {
    batch: BATCH,
    lanes: LANES,
    write(updates) {
      const heard = updates.filter((update) => update.number.waba.subscribed)
      if (heard.length === 0) return undefined
      const body = metaJson({object: 'whatsapp_business_account', entry: entriesOf(heard, world.clock.now())})
      const headers = {
        'content-type': 'application/json',
        'user-agent': 'facebookexternalua',
        'x-hub-signature-256': signatureOf(body, appSecret),
      }
      return {url, headers, body}
    },
    retryAfter(attempt, _status, firstAt) {
      const gap = GAPS_MS[Math.min(attempt - 1, GAPS_MS.length - 1)] ?? 0
      return world.clock.now() + gap - firstAt > GIVE_UP_MS ? undefined : gap
    },
  })
}

/** Updates of one WABA become one entry, of one number and list one change, in their order. */
function entriesOf(updates: readonly CloudUpdate[], now: number): Json[] {
  const entries: {id: string; time?: number; changes: Json[]}[] = []
  let last: CloudUpdate | undefined
  let value: Value | undefined
  for (const update of updates) {
    const {number, field, list, item, contact} = update
    const entry = entries.at(-1)
    const sameEntry = entry?.id === number.wabaId && (list !== undefined) === (last?.list !== undefined)
    const mergeable = sameEntry && list !== undefined && last?.list === list && last.number === number
    if (!mergeable) {
      value = list === undefined ? undefined : {messaging_product: 'whatsapp', metadata: metadataOf(number)}
      const change = {value: value ?? item, field}
      if (sameEntry) entry.changes.push(change)
      else entries.push({id: number.wabaId, ...(list ? {} : {time: Math.floor(now / 1000)}), changes: [change]})
    }
    if (value && list) addTo(value, list, item, contact)
    last = update
  }
  return entries
}

function addTo(value: Value, list: string, item: Json, contact: Json | undefined): void {
  if (contact) {
    const contacts = (value.contacts ??= [])
    if (!contacts.some((one) => one.wa_id === contact.wa_id && one.user_id === contact.user_id)) contacts.push(contact)
  }
  const items = (value[list] ??= []) as Json[]
  items.push(item)
}

const metadataOf = (number: CloudNumber) => ({
  display_phone_number: number.digits,
  phone_number_id: number.phoneNumberId,
})
