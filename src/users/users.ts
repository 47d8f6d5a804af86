import type {Kysely, Selectable} from 'kysely'
import {notFound, PytakeError} from '../base/errors.ts'
import {isUuid} from '../base/ids.ts'
import type {Tx} from '../store/database.ts'
import {prepared} from '../store/prepared.ts'
import type {ControlSchema} from '../store/schema/control.ts'
import type {ControlDb} from '../store/stores.ts'
import {isConflict} from '../store/unavailable.ts'

export type UserRow = Selectable<ControlSchema['users']>

/** Roles of the specification, the one that may do most first. */
export const roleNames = ['admin', 'user', 'agent', 'viewer'] as const
export type Role = (typeof roleNames)[number]

/** Whoever runs the platform has no company's tenant: theirs is the installation's own, which holds no data. */
export const PLATFORM_TENANT = '00000000-0000-0000-0000-000000000000'

export interface NewUser {
  id: string
  tenantId: string
  email: string
  name: string
  role: Role
  passwordHash: string
}

/** One e-mail, one account, in whatever tenant. */
const takenEmail = () =>
  new PytakeError('CONFLICT', 'This e-mail address belongs to a user already.', {
    details: [{field: 'email', message: 'belongs to a user already'}],
  })

/** Translates what the unique index says, around the whole write. */
export async function refusingTakenEmail<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    throw isConflict(error) ? takenEmail() : error
  }
}

export async function insertUser(tx: Tx<ControlSchema>, user: NewUser, now: Date): Promise<UserRow> {
  const row: UserRow = {
    id: user.id,
    tenant_id: user.tenantId,
    email: user.email,
    password_hash: user.passwordHash,
    name: user.name,
    role: user.role,
    is_active: true,
    last_login: null,
    created_at: now,
    updated_at: now,
  }
  await tx.insert('users', [{...row}])
  return row
}

export interface UserChange {
  name?: string
  email?: string
  role?: Role
  is_active?: boolean
  password_hash?: string
}

export async function updateUser(tx: Tx<ControlSchema>, row: UserRow, change: UserChange, now: Date): Promise<UserRow> {
  const changed = {...row, ...change, updated_at: now}
  const {id, name, email, role, is_active, password_hash, updated_at} = changed
  await tx.update('users', ['id'], [{id, name, email, role, is_active, password_hash, updated_at}])
  return changed
}

interface Named {
  tenantId: string
  ref: string
}

const usersBy = (column: 'id' | 'email' | 'name') =>
  prepared((db: Kysely<ControlSchema>, {tenantId, ref}: Named) =>
    db.selectFrom('users').selectAll().where('tenant_id', '=', tenantId).where(column, '=', ref).limit(2).compile(),
  )
const [byId, byEmail, byName] = [usersBy('id'), usersBy('email'), usersBy('name')]

/** By id, e-mail or name, within one tenant. A name that several have is refused. */
export async function findUser(control: ControlDb, tenantId: string, ref: string): Promise<UserRow> {
  const by = (find: typeof byId, value: string) =>
    control.read(async (db) => (await find({db, engine: control.engine}, {tenantId, ref: value})).rows)
  const [known] = isUuid(ref) ? await by(byId, ref) : ref.includes('@') ? await by(byEmail, ref.toLowerCase()) : []
  if (known) return known
  const [row, other] = isUuid(ref) ? [] : await by(byName, ref)
  if (!row) throw notFound(`User "${ref}"`, 'pytake user list')
  if (other) {
    throw new PytakeError('BAD_REQUEST', `Several users are named "${ref}". Give the e-mail address or the id.`)
  }
  return row
}

export const userByEmail = (control: ControlDb, email: string): Promise<UserRow | undefined> =>
  control.read((db) => db.selectFrom('users').selectAll().where('email', '=', email).executeTakeFirst())

export const userById = (control: ControlDb, id: string): Promise<UserRow | undefined> =>
  control.read((db) => db.selectFrom('users').selectAll().where('id', '=', id).executeTakeFirst())
