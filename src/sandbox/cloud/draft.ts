import type {ReceivedOption} from '../customer.ts'
import type {MediaStore} from './media.ts'
import type {Template} from './template.ts'

/** A request to send that passed the checks. */
export interface Draft {
  type: string
  /** What the customer will read. */
  text: string
  options: ReceivedOption[]
  /** Digits. */
  to?: string
  /** As written. */
  input: string
  bsuid?: string
  replyTo?: string
  callbackData?: string
  template?: Template
  /** What the real API finds out only after its 200. */
  laterFailure?: {code: number; details: string}
}

/** What a part of a message adds to the draft. */
export type DraftContent = Pick<Draft, 'text' | 'options' | 'template' | 'laterFailure'>

/** What checks look things up in. */
export interface CheckContext {
  phoneNumberId: string
  /** Digits of the number itself. */
  displayDigits: string
  media: Pick<MediaStore, 'get'>
  templates: readonly Template[]
}
