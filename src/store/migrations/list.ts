import type {Migration} from '../migration.ts'
import {initial as control0001} from './control/0001-initial.ts'
import {people as control0003} from './control/0003-people.ts'
import {initial as tenant0001} from './tenant/0001-initial.ts'

/** Append only. A released migration is never edited. */
export const controlMigrations: readonly Migration[] = [control0001, control0003]
export const tenantMigrations: readonly Migration[] = [tenant0001]
