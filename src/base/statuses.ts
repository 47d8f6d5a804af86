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
