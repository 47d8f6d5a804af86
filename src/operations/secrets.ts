import {z} from 'zod'
import {listSecrets, removeSecret, type SecretInfo, setSecret} from '../tenants/secrets.ts'
import {iso, timeOut} from './fields.ts'
import {listOutput, onOnePage} from './list.ts'
import {operation} from './operation.ts'

const secretName = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]{0,63}$/, 'must be letters, digits and _, not beginning with a digit')

export const Secret = z.object({name: z.string(), updated_by: z.string(), updated_at: timeOut})
export type Secret = z.output<typeof Secret>

export const setSecretOperation = operation({
  id: 'secrets.set',
  method: 'PUT',
  path: '/secrets/{name}',
  permission: 'secrets:write',
  summary: 'Set a secret that flows refer to as ${secret.NAME}. It can be replaced, never read.',
  input: z.strictObject({name: secretName, value: z.string().min(1).max(65_536)}),
  output: Secret,
  status: 200,
  async run(context, {name, value}) {
    context.note({resource: name})
    return present(await setSecret(context, context.tenant, {name, value, by: context.principal.name}))
  },
})

export const listSecretsOperation = operation({
  id: 'secrets.list',
  method: 'GET',
  path: '/secrets',
  permission: 'secrets:read',
  summary: 'List names of secrets, never values.',
  input: z.strictObject({}),
  output: listOutput(Secret),
  status: 200,
  run: async ({tenant}) => onOnePage((await listSecrets(tenant)).map(present)),
})

export const removeSecretOperation = operation({
  id: 'secrets.remove',
  method: 'DELETE',
  path: '/secrets/{name}',
  permission: 'secrets:write',
  summary: 'Remove a secret. Flows that refer to it fail at the call.',
  input: z.strictObject({name: secretName}),
  output: z.null(),
  status: 204,
  async run(context, {name}) {
    context.note({resource: name})
    await removeSecret(context.tenant, name)
    return null
  },
})

export const secretOperations = {setSecretOperation, listSecretsOperation, removeSecretOperation}

const present = (secret: SecretInfo): Secret => ({...secret, updated_at: iso(secret.updated_at)})
