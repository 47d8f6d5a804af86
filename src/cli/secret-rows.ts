import type {Secret} from '../operations/secrets.ts'
import type {Cell, Columns} from './output.ts'

export const secretColumns: Columns<Secret> = {
  name: (secret) => secret.name,
  updated_by: (secret) => secret.updated_by,
  updated_at: (secret) => secret.updated_at,
}

export const secretFields = (secret: Secret): Record<string, Cell> => ({...secret})
