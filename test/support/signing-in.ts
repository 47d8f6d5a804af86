import {type Caller, invoke} from '../../src/operations/invoke.ts'
import {anonymous, operator} from '../../src/operations/principal.ts'
import {createTenantOperation} from '../../src/operations/tenants.ts'
import {createUser} from '../../src/operations/users.ts'
import type {Runtime} from '../../src/runtime/runtime.ts'
import type {Role} from '../../src/users/users.ts'

export const PASSWORD = 'correct horse battery'
export const shell: Caller = {principal: operator('ana')}
export const nobody: Caller = {principal: anonymous, origin: '10.0.0.9'}

/** The code that a refusal has, or `none`. */
export const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'none',
    (error: unknown) => (error as {code: string}).code,
  )

export const addCompany = async (runtime: Runtime, name: string, more: object = {}): Promise<string> =>
  (await invoke(runtime, createTenantOperation, {name, ...more}, shell)).id

export const addUser = (runtime: Runtime, tenant: string, email: string, role: Role = 'agent') =>
  invoke(runtime, createUser, {email, name: email.split('@')[0] ?? email, role, password: PASSWORD}, {...shell, tenant})
