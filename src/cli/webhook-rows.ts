import type {DeadLetter, Webhook} from '../operations/webhooks.ts'
import type {Cell, Columns} from './output.ts'

export const webhookColumns: Columns<Webhook> = {
  id: ({id}) => id,
  received_at: ({received_at: at}) => at,
  kind: ({kind}) => kind,
  state: ({state}) => state,
  key: ({key}) => key.slice(key.indexOf(' ') + 1),
  error: ({error}) => error,
}

export const webhookFields = (webhook: Webhook & {body: unknown; raw: string | null}): Record<string, Cell> => ({
  id: webhook.id,
  whatsapp_config_id: webhook.whatsapp_config_id,
  kind: webhook.kind,
  state: webhook.state,
  attempts: webhook.attempts,
  error: webhook.error ?? undefined,
  received_at: webhook.received_at,
  body: JSON.stringify(webhook.body),
  raw: webhook.raw ?? 'not kept any more',
})

export const deadLetterColumns: Columns<DeadLetter> = {
  id: ({id}) => id,
  received_at: ({received_at: at}) => at,
  reason: ({reason}) => reason,
  number: ({body}) => numberIn(body),
  replayed_at: ({replayed_at: at}) => at,
}

export const deadLetterFields = (letter: DeadLetter): Record<string, Cell> => ({
  id: letter.id,
  tenant_id: letter.tenant_id ?? undefined,
  reason: letter.reason,
  received_at: letter.received_at,
  replayed_at: letter.replayed_at ?? undefined,
  body: JSON.stringify(letter.body),
})

const numberIn = (body: unknown): string | undefined => {
  const {number} = (body ?? {}) as {number?: unknown}
  return typeof number === 'string' ? number : undefined
}

/** Whether it names a dead letter, not a webhook of a tenant. */
export const isDeadLetter = (text: string): boolean => text.startsWith('dead:')
