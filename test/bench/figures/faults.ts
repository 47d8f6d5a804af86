import {startChild} from '../child.ts'
import {serveOn} from '../context.ts'
import {atLeast, type Figure, print} from '../figure.ts'
import {addPeople, addQueued} from '../fill.ts'
import {addTenants, makePlace} from '../place.ts'

const MESSAGES = 2000
const PATIENCE_MS = 180_000

/** What share of the messages is delivered when every tenth request to send fails. */
export async function faults(): Promise<Figure[]> {
  const place = await makePlace('sqlite')
  const sandbox = startChild('sandbox')
  const url = await sandbox.call<string>('start', {faults: ['POST */messages: 500 10%'], statuses: true})
  const runtime = await place.open()
  const [db] = await addTenants(runtime, 1, url)
  if (!db) throw new Error('No tenant.')
  await addPeople(runtime, db, 1000)
  await addQueued(runtime, db, MESSAGES)
  const server = await serveOn(place, [])
  await sandbox.call('number', {webhookUrl: `http://127.0.0.1:${server.port}/api/v1/whatsapp/webhook`})
  try {
    const delivered = async () => {
      const rows = await db.read((q) =>
        q.selectFrom('messages').select('id').where('status', 'in', ['delivered', 'read']).execute(),
      )
      return rows.length
    }
    const end = runtime.clock.monotonic() + PATIENCE_MS
    let count = 0
    while (count < MESSAGES && runtime.clock.monotonic() < end) {
      await runtime.clock.sleep(500)
      count = await delivered()
    }
    const name = 'delivered while every tenth request fails'
    return [print(atLeast(0.99, {name, value: count / MESSAGES, unit: 'share'}))]
  } finally {
    await server.stop()
    await sandbox.stop()
    await runtime.close()
    await place.remove()
  }
}
