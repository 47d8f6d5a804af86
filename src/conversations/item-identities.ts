import {storedIdentities, type StoredIdentity} from '../contacts/identity.ts'
import type {Batch} from './batch.ts'
import type {InboxItem} from './inbox-row.ts'

/** The identities by which an item's person can be found; none for what concerns no person. */
export function identitiesOf(batch: Pick<Batch, 'configs'>, {body, configId}: InboxItem): StoredIdentity[] {
  const businessAccountId = batch.configs.get(configId)?.businessAccountId
  const scope = {
    configId,
    businessAccountId: 'businessAccountId' in body ? (body.businessAccountId ?? businessAccountId) : businessAccountId,
  }
  if (body.type === 'message') return storedIdentities(body.from, scope)
  if (body.type === 'echo') return storedIdentities(body.to, scope)
  if (body.type !== 'change') return []
  if (body.change.kind === 'preference') return storedIdentities(body.change.from, scope)
  if (body.change.kind !== 'identity') return []
  const {from, to, others} = body.change
  return storedIdentities([...(from ? [from] : []), to, ...others], scope)
}
