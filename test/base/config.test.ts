import {expect, it} from 'vitest'
import {parseConfig} from '../../src/base/config.ts'

it.each([
  [{API_PORT: 'http'}, 'API_PORT: must be a whole number from 0 to 65535'],
  [{API_PORT: '70000'}, 'API_PORT: must be a whole number from 0 to 65535'],
  [{PYTAKE_CACHE_MB: '8.5'}, 'PYTAKE_CACHE_MB: must be a whole number of at least 8'],
  [{METRICS_ENABLED: 'yes'}, 'METRICS_ENABLED: must be one of true, false, 1, 0'],
  [{LOG_LEVEL: 'loud'}, 'LOG_LEVEL: must be one of trace, debug, info, warn, error, silent'],
  [{DATABASE_URL: 'mysql://x/y'}, 'DATABASE_URL: must be an address such as postgres://user:password@host/database'],
  [{OIDC_ISSUER: 'http://login.example.com'}, 'OIDC_ISSUER: must be an https address without user, query or fragment'],
  [{OIDC_ISSUER: 'login.example.com'}, 'OIDC_ISSUER: must be an address such as https://login.example.com'],
  [{OIDC_SCOPES: 'email'}, 'OIDC_SCOPES: must be scopes with a space between them, openid among them'],
  [
    {RATE_LIMIT_BURST: '0', LOG_LEVEL: 'loud'},
    'RATE_LIMIT_BURST: must be a whole number of at least 1; LOG_LEVEL: must be one of trace, debug, info, warn, error, silent',
  ],
])('says of %j what it must be', (env, words) => {
  expect(() => parseConfig(env)).toThrow(`The environment has a value that cannot be used. ${words}`)
})

it.each([
  [{OIDC_ISSUER: 'https://login.example.com'}, 'OIDC_CLIENT_ID is needed with OIDC_ISSUER'],
  [{AUTH_PASSWORD_LOGIN: 'false'}, 'AUTH_PASSWORD_LOGIN is false, and OIDC_ISSUER is not set'],
  [
    {OIDC_CLIENT_SECRET: 'x', OIDC_CLIENT_SECRET_FILE: '/x'},
    'OIDC_CLIENT_SECRET and OIDC_CLIENT_SECRET_FILE are both set',
  ],
])('refuses %j, which would let nobody in', (env, words) => {
  expect(() => parseConfig(env)).toThrow(`The environment does not go together: ${words}.`)
})
