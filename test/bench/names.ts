/** What the store, the load and the sandbox have to agree about. */
export const APP_SECRET = 'app-secret-of-the-benchmark'
export const TOKEN = 'token-of-the-benchmark'
export const WABA = '102290129340398'

/** Number id of the n-th tenant. */
export const numberId = (tenant: number): string => `1065403522${String(tenant).padStart(5, '0')}`
/** Phone of the n-th customer. */
export const customerPhone = (n: number): string => `55119${String(10_000_000 + n)}`
