import type {Context} from './contexts.ts'
import type {Cell} from './output.ts'
import {isProduction} from './production.ts'

/** A context as it is answered: the token is never shown. */
export interface ContextRow {
  name: string
  kind: Context['kind']
  address: string
  current: boolean
  /** Changes there are to be confirmed by its name. */
  production: boolean
  token: null
  token_set: boolean
}

export const contextRow = (context: Context, current: string): ContextRow => ({
  name: context.name,
  kind: context.kind,
  address: addressOf(context),
  current: context.name === current,
  production: isProduction(context),
  token: null,
  token_set: context.kind === 'remote' && context.token !== '',
})

export const contextFields = (row: ContextRow): Record<string, Cell> => ({
  name: row.name,
  kind: row.kind,
  address: row.address,
  current: row.current ? 'yes' : 'no',
  ...(row.production ? {production: 'yes'} : {}),
  ...(row.kind === 'remote' ? {token: row.token_set ? 'kept' : 'signed out'} : {}),
})

function addressOf(context: Context): string {
  if (context.kind === 'remote') return context.url
  return context.kind === 'folder' ? context.home : "this machine's data folder or DATABASE_URL"
}
