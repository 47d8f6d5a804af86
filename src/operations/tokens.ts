import {z} from 'zod'
import {parseDuration} from '../base/duration.ts'
import {PytakeError} from '../base/errors.ts'
import {createToken, findToken, revokeToken, type TokenRow} from '../users/tokens.ts'
import {iso, isoOrNull, name, ref, timeOrNull, timeOut} from './fields.ts'
import {flag, listInput, listOutput} from './list.ts'
import {readPage} from './page.ts'
import {type PlatformContext, platformOperation} from './operation.ts'
import {covers, isScope} from './permissions.ts'
import {resolveTenant} from './tenant-of.ts'

const scopes = z
  .array(z.string())
  .min(1)
  .max(50)
  .superRefine((list, context) => {
    for (const [index, scope] of list.entries()) {
      if (!isScope(scope)) context.addIssue({code: 'custom', path: [index], message: `"${scope}" is no permission`})
    }
  })

const expiresIn = z
  .string()
  .transform((text) => parseDuration(text) ?? 0)
  .refine((ms) => ms > 0, 'is no duration; write it like 90d or 12h')

export const Token = z.object({
  id: z.uuid(),
  tenant_id: z.uuid().nullable(),
  name: z.string(),
  scopes: z.array(z.string()),
  platform: z.boolean(),
  expires_at: timeOrNull,
  last_used_at: timeOrNull,
  revoked_at: timeOrNull,
  created_by: z.string().nullable(),
  created_at: timeOut,
})
export type Token = z.output<typeof Token>

export const createTokenOperation = platformOperation({
  id: 'tokens.create',
  method: 'POST',
  path: '/tokens',
  permission: 'tokens:write',
  summary: 'Create an API token. The token itself is in this answer and never again.',
  input: z.strictObject({
    name,
    scopes: scopes.default(['*']),
    expires_in: expiresIn.optional(),
    platform: flag.default(false),
  }),
  output: Token.extend({token: z.string()}),
  status: 201,
  async run(context, input) {
    refuseMoreThanOwn(context, input)
    const tenantId = await homeOf(context, input.platform)
    const now = context.clock.now()
    const id = context.ids.next()
    const expiresAt = input.expires_in === undefined ? null : new Date(now + input.expires_in)
    context.note({tenant: tenantId ?? undefined, resource: id, after: {name: input.name, scopes: input.scopes}})
    const {token, row} = await createToken(context, context.control, {
      id,
      tenantId,
      name: input.name,
      scopes: input.scopes,
      platform: input.platform,
      expiresAt,
      createdBy: context.principal.name,
    })
    return {...present(row), token}
  },
})

export const listTokens = platformOperation({
  id: 'tokens.list',
  method: 'GET',
  path: '/tokens',
  permission: 'tokens:read',
  summary: 'List API tokens; never the tokens themselves.',
  input: listInput({sort: ['created_at', 'name'], filters: {platform: flag.default(false)}}),
  output: listOutput(Token),
  status: 200,
  async run(context, input) {
    const tenantId = await homeOf(context, input.platform)
    const {rows, page} = await context.stores.control.read((db) => {
      const query = db.selectFrom('api_tokens').selectAll()
      return readPage(db, query.where('tenant_id', tenantId === null ? 'is' : '=', tenantId), input)
    })
    return {data: rows.map(present), page}
  },
})

export const revokeTokenOperation = platformOperation({
  id: 'tokens.revoke',
  method: 'POST',
  path: '/tokens/{id}/revoke',
  permission: 'tokens:write',
  summary: 'Revoke an API token, by id or name. Servers follow within five seconds.',
  input: z.strictObject({id: ref, platform: flag.default(false)}),
  output: Token,
  status: 200,
  async run(context, {id, platform}) {
    const tenantId = await homeOf(context, platform)
    const row = await findToken(context.stores.control, tenantId, id)
    context.note({tenant: tenantId ?? undefined, resource: row.id, before: {name: row.name}})
    return present(await revokeToken(context.control, row, new Date(context.clock.now())))
  },
})

export const tokenOperations = {createTokenOperation, listTokens, revokeTokenOperation}

/** The tenant whose tokens are meant, or null for the platform's, which only the server's own shell may touch. */
async function homeOf(context: PlatformContext, platform: boolean): Promise<string | null> {
  const {principal, tenantRef} = context
  if (!platform) return (await resolveTenant(context, principal, tenantRef)).id
  if (principal.kind === 'operator') return null
  throw new PytakeError('FORBIDDEN', "Tokens of the platform are handled in the server's own shell only.")
}

/** A token cannot make another that may do more than itself. */
function refuseMoreThanOwn({principal}: PlatformContext, input: {scopes: string[]}): void {
  const beyond = input.scopes.filter((scope) => !covers(principal.scopes, scope))
  if (beyond.length === 0) return
  throw new PytakeError('FORBIDDEN', `You do not have ${beyond.join(', ')} yourself.`)
}

function present(row: TokenRow): Token {
  return {
    id: row.id,
    tenant_id: row.tenant_id,
    name: row.name,
    scopes: row.scopes,
    platform: row.platform,
    expires_at: isoOrNull(row.expires_at),
    last_used_at: isoOrNull(row.last_used_at),
    revoked_at: isoOrNull(row.revoked_at),
    created_by: row.created_by,
    created_at: iso(row.created_at),
  }
}
