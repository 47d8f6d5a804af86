import type {Content} from '../base/message.ts'
import type {Account, Channel} from '../channels/channel.ts'
import type {TenantDb} from '../store/stores.ts'
import type {Bucket} from './bucket.ts'
import type {Claimed} from './claim.ts'
import type {Finished} from './results.ts'

export interface LaneOptions {
  db: TenantDb
  configId: string
  channel: Channel
  /** The account with its secrets as they were at a version of its config. */
  account: (version: number) => Promise<Account>
  /** Puts a stored file where the provider can take it from. */
  withMedia: (content: Content, account: Account) => Promise<Content>
}

export interface Attempt {
  message: Claimed
  attemptId: string
  content: Content
  /** Version of the config it goes out with: a token that was mended is used at once. */
  config: number
}

/** What a lane holds in memory. All of it can be lost: the rows say the same. */
export interface LaneMemory {
  epoch: number
  /** On the monotonic clock. */
  leaseEnds: number
  /** When what earlier holders left was looked at last, on the monotonic clock. */
  sweptAt: number
  buffer: Claimed[]
  /** By recipient: one message of each at a time. */
  inFlight: Map<string, Attempt>
  finished: Finished[]
  /** Marked as sending, but the lease was too short: surely not sent. */
  unsent: Attempt[]
  pairs: Map<string, Bucket>
  bucket: Bucket | null
  /** Contacts with identities of theirs that are on disk surely: nobody writes them again. */
  known: Set<string>
}
