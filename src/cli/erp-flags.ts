import {boolean, integer, string} from '@oclif/core/flags'
import {PytakeError} from '../base/errors.ts'
import {secretFrom} from './ask.ts'
import {given} from './flags.ts'
import {readText} from './files.ts'
import type {Io} from './io.ts'

/** What `erp connect` and `erp edit` both set. */
export const erpFlags = {
  'api-key-file': string({summary: 'File with the key or token; - is standard input.'}),
  'api-secret-file': string({summary: 'File with the second secret: client_secret, counter-password.'}),
  username: string({summary: 'HubSoft: e-mail of the integration user.'}),
  'password-file': string({summary: 'HubSoft: file with the password of the integration user.'}),
  app: string({summary: 'SGP: name of the application that the token belongs to.'}),
  setting: string({summary: 'NAME=VALUE, e.g. ticket_subject=5; an empty value takes it away.', multiple: true}),
  map: string({summary: 'OUR_FIELD=THEIR_FIELD: takes a field of customers from elsewhere.', multiple: true}),
  sync: boolean({summary: 'Bring customers and invoices into contacts in the background.', allowNo: true}),
  'sync-interval': integer({summary: 'Seconds between two syncs.', min: 60}),
  'ca-file': string({summary: 'Certificate authority (PEM) of a server with a private one.'}),
  default: boolean({summary: 'The one that is meant when several of its type are there.', allowNo: true}),
}

export interface ErpFlags {
  'api-key-file'?: string
  'api-secret-file'?: string
  username?: string
  'password-file'?: string
  app?: string
  setting?: string[]
  map?: string[]
  sync?: boolean
  'sync-interval'?: number
  'ca-file'?: string
  default?: boolean
}

/** The fields that were given, secrets read from where the flags point. */
export async function erpInput(io: Io, flags: ErpFlags) {
  const secret = async (path: string | undefined) => (path === undefined ? undefined : secretFrom(io, path))
  const password = await secret(flags['password-file'])
  return {
    api_key: await secret(flags['api-key-file']),
    api_secret: await secret(flags['api-secret-file']),
    credentials: given({username: flags.username, password, app: flags.app}),
    settings: pairs('--setting', flags.setting, (value) => (value === '' ? null : value)),
    field_mapping: pairs('--map', flags.map, (value) => value),
    sync_enabled: flags.sync,
    sync_interval: flags['sync-interval'],
    ca_certificate: flags['ca-file'] === undefined ? undefined : readText(io, flags['ca-file']),
    is_default: flags.default,
  }
}

function pairs<T>(
  flag: string,
  texts: readonly string[] | undefined,
  valueOf: (text: string) => T,
): Record<string, T> | undefined {
  if (!texts) return undefined
  return Object.fromEntries(
    texts.map((text) => {
      const at = text.indexOf('=')
      if (at < 1) throw new PytakeError('BAD_REQUEST', `${flag} ${text}: write it as NAME=VALUE.`)
      return [text.slice(0, at), valueOf(text.slice(at + 1))]
    }),
  )
}
