import type {Vault} from '../store/encryption.ts'

/** What verifies a webhook: kept sealed beside the route, so a webhook is checked without opening a tenant. */
export interface RouteSecrets {
  app_secret?: string
  app_secret_previous?: string
  /** Evolution: the value of our header. */
  webhook_secret?: string
  verify_token?: string
}

export const sealRouteSecrets = (vault: Vault, configId: string, secrets: RouteSecrets): string =>
  vault.seal(JSON.stringify(secrets), routePlace(configId))

export const openRouteSecrets = (vault: Vault, configId: string, sealed: string): RouteSecrets =>
  JSON.parse(vault.open(sealed, routePlace(configId))) as RouteSecrets

const routePlace = (configId: string) => ({tenant: '', table: 'channel_routes', column: 'secrets', row: configId})

/** Secret columns of `whatsapp_configs`. */
export const secretColumns = [
  'access_token',
  'evolution_api_key',
  'app_secret',
  'app_secret_previous',
  'webhook_secret',
] as const
export type SecretColumn = (typeof secretColumns)[number]

export const configPlace = (tenant: string, row: string, column: SecretColumn) => ({
  tenant,
  table: 'whatsapp_configs',
  column,
  row,
})
