import type {Runtime} from '../runtime/runtime.ts'
import type {ApiType} from './channel.ts'
import {openRouteSecrets, type RouteSecrets} from './secrets.ts'

/** Where webhooks of one number go, and what verifies them. */
export interface Route {
  configId: string
  tenantId: string
  apiType: ApiType
  number: string | null
  businessAccountId: string | null
  secrets: RouteSecrets
  verified: boolean
}

/** The active routes, held in memory and refreshed from the control database. */
export interface RouteTable {
  byConfig(configId: string): Route | undefined
  /** All claims on a number; a verified one comes first. */
  byNumber(apiType: ApiType, number: string): readonly Route[]
  byBusinessAccount(id: string): readonly Route[]
  all(): readonly Route[]
  /** Reads the table again when it is older than `maxAgeMs`. */
  refresh(maxAgeMs?: number): Promise<void>
}

/** Changes by another process are seen after this long at the latest. */
const MAX_AGE_MS = 1000

export function createRouteTable({stores, clock}: Pick<Runtime, 'stores' | 'clock'>): RouteTable {
  let loaded = emptyIndex()
  let mark = ''
  let readAt = Number.NEGATIVE_INFINITY
  let reading: Promise<void> | undefined

  const read = async () => {
    const rows = await stores.control.read((db) =>
      db.selectFrom('channel_routes').selectAll().where('state', '=', 'active').orderBy('created_at').execute(),
    )
    readAt = clock.monotonic()
    const next = rows
      .map((row) => `${row.config_id}${row.updated_at.getTime()}${row.verified_at?.getTime() ?? ''}`)
      .join()
    if (next === mark) return
    mark = next
    loaded = index(
      rows.map((row) => ({
        configId: row.config_id,
        tenantId: row.tenant_id,
        apiType: row.api_type as ApiType,
        number: row.number,
        businessAccountId: row.business_account_id,
        secrets: openRouteSecrets(stores.vault, row.config_id, row.secrets),
        verified: row.verified_at !== null,
      })),
    )
  }

  return {
    byConfig: (configId) => loaded.byConfig.get(configId),
    byNumber: (apiType, number) => loaded.byNumber.get(`${apiType} ${number}`) ?? [],
    byBusinessAccount: (id) => loaded.byBusinessAccount.get(id) ?? [],
    all: () => loaded.all,
    async refresh(maxAgeMs = MAX_AGE_MS) {
      if (clock.monotonic() - readAt < maxAgeMs) return
      reading ??= read().finally(() => (reading = undefined))
      await reading
    },
  }
}

interface Index {
  all: Route[]
  byConfig: Map<string, Route>
  byNumber: Map<string, Route[]>
  byBusinessAccount: Map<string, Route[]>
}

const emptyIndex = (): Index => ({all: [], byConfig: new Map(), byNumber: new Map(), byBusinessAccount: new Map()})

function index(routes: Route[]): Index {
  const found = emptyIndex()
  const sorted = [...routes].sort((a, b) => Number(b.verified) - Number(a.verified))
  for (const route of sorted) {
    found.all.push(route)
    found.byConfig.set(route.configId, route)
    if (route.number) push(found.byNumber, `${route.apiType} ${route.number}`, route)
    if (route.businessAccountId) push(found.byBusinessAccount, route.businessAccountId, route)
  }
  return found
}

function push(map: Map<string, Route[]>, key: string, route: Route): void {
  const list = map.get(key)
  if (list) list.push(route)
  else map.set(key, [route])
}

/** A good signature proves the claim on a number: the route is verified and wins over unverified claims. */
export async function markVerified(
  {stores, clock}: Pick<Runtime, 'stores' | 'clock'>,
  configId: string,
): Promise<void> {
  const now = new Date(clock.now())
  await stores.control.write(async (tx) => {
    await tx.db
      .updateTable('channel_routes')
      .set({verified_at: now, updated_at: now})
      .where('config_id', '=', configId)
      .where('verified_at', 'is', null)
      .execute()
  })
}
