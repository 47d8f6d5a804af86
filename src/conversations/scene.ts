import type {LiveFlows} from '../deploy/live-flows.ts'
import type {Batch, ConversationEntity} from './batch.ts'

/** What a turn is about, and the flows it may run. */
export interface Scene {
  batch: Batch
  flows: LiveFlows
  conversation: ConversationEntity
}
