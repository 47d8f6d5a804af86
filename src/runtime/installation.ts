import type {Ids} from '../base/ids.ts'
import type {Tx} from '../store/database.ts'
import type {ControlSchema} from '../store/schema/control.ts'
import type {Stores} from '../store/stores.ts'

/** What tells one installation from a copy of it. */
export interface Installation {
  id: string
  /** Rises with each start of a server. */
  incarnation: number
  /** Why nothing is sent; undefined when all is well. */
  disarmed?: string
  /** When this copy was first seen to be one: what is older, the other copy has too. */
  disarmedAt?: number
}

const keys = ['installation_id', 'incarnation', 'fingerprint', 'disarmed', 'disarmed_at', 'disarmed_mark'] as const
type Key = (typeof keys)[number]

/**
 * Reads who this installation is, making it on first use. A database whose fingerprint is another one's was copied or
 * restored: it is disarmed, because two copies must never both message people.
 */
export async function openInstallation(
  {control, fingerprint}: Pick<Stores, 'control' | 'fingerprint'>,
  {ids, now, starting}: {ids: Ids; now: number; starting: boolean},
): Promise<Installation> {
  const mark = await fingerprint()
  return control.write(async (tx) => {
    const meta = await readMeta(tx)
    const id = meta.get('installation_id') ?? ids.next()
    const incarnation = Number(meta.get('incarnation') ?? 0) + (starting ? 1 : 0)
    const copied = meta.has('fingerprint') && meta.get('fingerprint') !== mark
    const disarmed = meta.get('disarmed') || (copied ? 'This database is a copy, or was restored.' : '')
    // A copy of a copy is one more: what waits in both is older than the moment in which it is seen to be another.
    const isNew = copied && meta.get('disarmed_mark') !== mark
    const disarmedAt = isNew ? String(now) : (meta.get('disarmed_at') ?? '')
    await writeMeta(tx, {
      installation_id: id,
      incarnation: String(incarnation),
      disarmed,
      disarmed_at: disarmedAt,
      ...(isNew ? {disarmed_mark: mark} : {}),
      ...(copied || meta.has('fingerprint') ? {} : {fingerprint: mark}),
    })
    if (copied && !meta.get('disarmed')) tx.emit({type: 'disarmed', at: now, data: {reason: disarmed}})
    return {
      id,
      incarnation,
      ...(disarmed ? {disarmed} : {}),
      ...(disarmedAt ? {disarmedAt: Number(disarmedAt)} : {}),
    }
  })
}

/** Lets a copied database send again, from here on as an installation of its own. */
export async function armInstallation(
  {control, fingerprint}: Pick<Stores, 'control' | 'fingerprint'>,
  ids: Ids,
): Promise<void> {
  const mark = await fingerprint()
  await control.write((tx) =>
    writeMeta(tx, {
      installation_id: ids.next(),
      fingerprint: mark,
      disarmed: '',
      disarmed_at: '',
      disarmed_mark: '',
    }),
  )
}

/** Why nothing is sent, as it is now; another process may have re-armed. */
export async function disarmedReason({control}: Pick<Stores, 'control'>): Promise<string | undefined> {
  const row = await control.read((q) =>
    q.selectFrom('meta').select('value').where('key', '=', 'disarmed').executeTakeFirst(),
  )
  return row?.value || undefined
}

type ControlTx = Tx<ControlSchema>

async function readMeta(tx: ControlTx): Promise<Map<Key, string>> {
  const rows = await tx.db
    .selectFrom('meta')
    .selectAll()
    .where('key', 'in', [...keys])
    .execute()
  return new Map(rows.map((row) => [row.key as Key, row.value]))
}

async function writeMeta(tx: ControlTx, values: Partial<Record<Key, string>>): Promise<void> {
  for (const [key, value] of Object.entries(values)) {
    const [fresh] = await tx.insertNew('meta', ['key'], [{key, value}])
    if (!fresh) await tx.update('meta', ['key'], [{key, value}])
  }
}
