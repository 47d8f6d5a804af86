import DataLoader from 'dataloader'
import type {z} from 'zod'
import type {Contact} from '../operations/contact-row.ts'
import {listContacts} from '../operations/contacts.ts'
import {type Conversation, listConversations} from '../operations/conversations.ts'
import type {HistoryRow} from '../operations/flow-releases.ts'
import {listFlowsOperation} from '../operations/flows.ts'
import {type Caller, invoke} from '../operations/invoke.ts'
import type {Message} from '../operations/message-row.ts'
import type {ServedOperation} from '../operations/operation.ts'
import type {WhatsappConfig} from '../operations/whatsapp-config-row.ts'
import {listWhatsappConfigs} from '../operations/whatsapp-configs.ts'
import type {Runtime} from '../runtime/runtime.ts'

/** The newest so many of something that belongs to a row. */
export interface Newest {
  id: string
  count: number
}

/** Rows that many rows of one answer lead to, fetched together: each loader asks one operation once for all of them. */
export interface Loaders {
  contact: DataLoader<string, Contact | undefined>
  conversation: DataLoader<string, Conversation | undefined>
  config: DataLoader<string, WhatsappConfig | undefined>
  messages: DataLoader<Newest, Message[], string>
  releases: DataLoader<Newest, HistoryRow[], string>
}

/** As many as a list gives at once. */
const MOST_AT_ONCE = 1000

/** For one request and no longer: nothing is remembered from one caller to the next. */
export function createLoaders(runtime: Runtime, caller: Caller): Loaders {
  const ask = <O extends z.ZodType>(operation: ServedOperation<z.ZodType, O>, ids: readonly string[], more: object) =>
    invoke(runtime, operation, {ids, limit: ids.length, ...more}, caller)
  return {
    contact: byId(async (ids) => (await ask(listContacts, ids, {})).data),
    conversation: byId(async (ids) => (await ask(listConversations, ids, {})).data),
    config: byId(async (ids) => (await ask(listWhatsappConfigs, ids, {})).data),
    messages: newest(async (ids, messages) => {
      const {data} = await ask(listConversations, ids, {expand: ['messages'], messages})
      return data.map((row) => [row.id, row.messages ?? []])
    }),
    releases: newest(async (ids, releases) => {
      const {data} = await ask(listFlowsOperation, ids, {expand: ['releases'], releases})
      return data.map((row) => [row.id, row.releases ?? []])
    }),
  }
}

const byId = <T extends {id: string}>(fetchAll: (ids: readonly string[]) => Promise<readonly T[]>) =>
  new DataLoader<string, T | undefined>(
    async (ids) => {
      const rows = new Map((await fetchAll(ids)).map((row) => [row.id, row]))
      return ids.map((id) => rows.get(id))
    },
    {maxBatchSize: MOST_AT_ONCE},
  )

/** One question per count that was asked for; mostly there is one. */
const newest = <T>(fetchAll: (ids: readonly string[], count: number) => Promise<[string, T[]][]>) =>
  new DataLoader<Newest, T[], string>(
    async (wanted) => {
      const counts = [...new Set(wanted.map(({count}) => count))]
      const answers = await Promise.all(
        counts.map(async (count) => {
          const ids = wanted.filter((one) => one.count === count).map(({id}) => id)
          return [count, new Map(await fetchAll(ids, count))] as const
        }),
      )
      const byCount = new Map(answers)
      return wanted.map(({id, count}) => byCount.get(count)?.get(id) ?? [])
    },
    {maxBatchSize: MOST_AT_ONCE, cacheKeyFn: ({id, count}) => `${id} ${count}`},
  )
