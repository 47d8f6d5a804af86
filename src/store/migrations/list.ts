import type {Migration} from '../migration.ts'
import {initial as control0001} from './control/0001-initial.ts'
import {people as control0002} from './control/0002-people.ts'
import {initial as tenant0001} from './tenant/0001-initial.ts'
import {releases as tenant0002} from './tenant/0002-releases.ts'
import {erp as tenant0003} from './tenant/0003-erp.ts'
import {drafts as tenant0004} from './tenant/0004-drafts.ts'
import {hooks as tenant0005} from './tenant/0005-hooks.ts'
import {listOrder as tenant0006} from './tenant/0006-list-order.ts'
import {nextStep as tenant0007} from './tenant/0007-next-step.ts'
import {leanQueue as tenant0008} from './tenant/0008-lean-queue.ts'

/** Append only. A released migration is never edited. */
export const controlMigrations: readonly Migration[] = [control0001, control0002]
export const tenantMigrations: readonly Migration[] = [
  tenant0001,
  tenant0002,
  tenant0003,
  tenant0004,
  tenant0005,
  tenant0006,
  tenant0007,
  tenant0008,
]
