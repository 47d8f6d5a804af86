import {z} from 'zod'
import {openChat, type OpenChat} from '../flow/chat/open.ts'
import {localOperation} from './operation.ts'

export type {OpenChat} from '../flow/chat/open.ts'
export type {ChatView, Turned} from '../flow/chat/chat.ts'
export {SimulationError, type Happening, type SimulatedInput} from '../flow/simulate/state.ts'
export {httpAnswer} from '../flow/call-answer.ts'
export {callLine, inputLine} from '../flow/test-run/lines.ts'

const MOST_FLOWS = 1_000
const TextFile = z.strictObject({name: z.string().min(1).max(1000), text: z.string()})

const Problem = z.object({
  file: z.string(),
  line: z.number(),
  column: z.number(),
  rule: z.string(),
  message: z.string(),
  hint: z.string().optional(),
})

/** Begins a conversation with a flow, in this process. */
export const chatWithFlow = localOperation({
  id: 'flows.chat',
  summary: 'Talk to a flow.',
  input: z.strictObject({
    /** The flow first, then those it may jump to. */
    flows: z.array(TextFile).min(1, 'there is no flow file').max(MOST_FLOWS),
    tests: z.array(TextFile).default([]),
    variables: z.record(z.string(), z.json()).default({}),
    contact: z.strictObject({name: z.string().nullable().optional()}).default({}),
    now: z.number(),
  }),
  output: z.object({chat: z.custom<OpenChat>().optional(), problems: z.array(Problem)}),
  run: async (_context, input) => openChat(input),
})
