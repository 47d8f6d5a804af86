/** What becomes of a message. One of a customer is `received`, and `read` once the customer was shown that it was. */
export const messageStatuses = [
  'received',
  'queued',
  'claimed',
  'sending',
  'sent',
  'delivered',
  'read',
  'played',
  'failed',
  'unknown',
  'expired',
  'cancelled',
] as const

export const conversationStatuses = ['active', 'waiting', 'resolved', 'abandoned'] as const

/** What becomes of a stored webhook. */
export const webhookStates = ['pending', 'done', 'failed', 'ignored', 'stale'] as const

/** What a stored webhook tells of, as the channels understand it. */
export const webhookKinds = ['message', 'echo', 'status', 'change', 'unknown'] as const
