import type {ApiType, Channel} from '../channels/channel.ts'
import {FLOW_CALL} from '../conversations/effects.ts'
import {erpSyncHandler} from '../conversations/erp-sync.ts'
import {ERP_SYNC} from '../conversations/erp-sync-job.ts'
import {fetchMediaHandler} from '../conversations/fetch-media.ts'
import {flowCallHandler} from '../conversations/flow-call.ts'
import {FETCH_MEDIA} from '../conversations/media-job.ts'
import {SCHEDULE_FIRE} from '../conversations/schedule.ts'
import {scheduleFireHandler} from '../conversations/schedule-fire.ts'
import {hookDeliverHandler} from '../hooks/deliver.ts'
import {HOOK_DELIVER} from '../hooks/due.ts'
import type {JobHandlers} from '../jobs/job.ts'
import type {Runtime} from '../runtime/runtime.ts'

/** The job table: the server and the command line's local mode run from it. */
export const jobHandlers = (runtime: Omit<Runtime, 'close'>, channels: Record<ApiType, Channel>): JobHandlers => ({
  [FLOW_CALL]: flowCallHandler(runtime),
  [SCHEDULE_FIRE]: scheduleFireHandler(runtime),
  [ERP_SYNC]: erpSyncHandler(runtime),
  [FETCH_MEDIA]: fetchMediaHandler(runtime, channels),
  [HOOK_DELIVER]: hookDeliverHandler(runtime),
})
