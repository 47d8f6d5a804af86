import {z} from 'zod'
import {mediaKinds} from '../../base/message.ts'
import {VariableName} from '../values.ts'

/** The form of a test file, for reading it and for editors. What a schema cannot say is checked by `read.ts`. */

const label = z.union([z.string(), z.number().transform(String), z.boolean().transform(String)], {
  error: 'Write a text.',
})
const names = z.record(VariableName, z.json())

export const messageKinds = [
  'text',
  ...mediaKinds,
  'location',
  'contacts',
  'reaction',
  'template',
  'buttons',
  'list',
  'cta_url',
] as const

export const ContactInput = z
  .strictObject({
    id: z.string().optional(),
    name: z.string().nullable().optional(),
    phone: z.string().nullable().optional(),
    email: z.string().nullable().optional(),
    tags: z.array(z.string()).optional(),
    attributes: z.record(z.string(), z.json()).optional(),
    opted_in: z.boolean().optional(),
  })
  .describe('Who writes. What is left out is made up: Maria Souza, +5511987650001, opted in, no tags.')

const ranges = z.array(z.string().regex(/^\d\d:\d\d-\d\d:\d\d$/, 'Write a range as 08:00-18:00.'))

export const SettingsInput = z
  .strictObject({
    timezone: z.string().optional(),
    business: z
      .strictObject({
        hours: z.partialRecord(z.enum(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']), ranges).optional(),
        holidays: z.array(z.string()).optional(),
      })
      .optional(),
    opt_out_words: z.array(z.string()).optional(),
    opt_in_words: z.array(z.string()).optional(),
    opt_out_text: z.string().optional(),
    opt_in_text: z.string().optional(),
  })
  .describe("The tenant's settings that flows can tell: time zone, opening hours, opt-out words.")

export const callKinds = ['api_call', 'erp', 'ai'] as const

export const MockInput = z
  .strictObject({
    call: z.enum(callKinds).describe('The kind of call it stands in for.'),
    match: z
      .union([z.string(), z.record(z.string(), z.json())], {
        error: 'Write an address, or {node, method, url, headers, body}.',
      })
      .optional()
      .describe(
        'Which of them: the address (with * for anything), or {node, method, url, headers, body, ...}, each in part. All when left out.',
      ),
    answer: z
      .record(z.string(), z.json())
      .optional()
      .describe('api_call: {status, headers, body}, status 200 unless told. Others: {outcome, data}.'),
    fail: z.string().optional().describe('How it fails instead: timeout, blocked, too_large, error, unknown.'),
    times: z
      .int()
      .min(1)
      .max(1000)
      .optional()
      .describe('How often in a dialogue; then the next mock that fits answers.'),
    optional: z.boolean().optional().describe('It is no mistake when nobody uses it.'),
  })
  .describe('What an outside call is answered. They are tried in order.')

const Media = z.union(
  [
    z.enum(mediaKinds),
    z.strictObject({
      kind: z.enum(mediaKinds),
      caption: z.string().optional(),
      filename: z.string().optional(),
      mime_type: z.string().optional(),
    }),
  ],
  {error: `Write ${mediaKinds.join(', ')}, or {kind, caption, filename, mime_type}.`},
)

const LocationInput = z.strictObject({
  latitude: z.number().min(-90).max(90),
  longitude: z.number().min(-180).max(180),
  name: z.string().optional(),
  address: z.string().optional(),
})

const plainExpectation = {
  text: label.optional().describe('The whole text.'),
  contains: z
    .union([label, z.array(label).min(1)])
    .optional()
    .describe('Parts of the text.'),
  matches: z.string().optional().describe('A regular expression the text matches, bare or as /pattern/i.'),
  kind: z.enum(messageKinds).optional().describe('The kind of message.'),
  buttons: z.array(label).min(1).optional().describe('The titles of its buttons or rows, all and in order.'),
}

const expectationMistake = 'Write a text, or {text | contains | matches | any | kind | buttons | none}.'
export const AlternativeInput = z.strictObject(plainExpectation)

export const ExpectationInput = z.strictObject({
  ...plainExpectation,
  any: z
    .array(z.union([label, AlternativeInput]))
    .min(1)
    .optional()
    .describe('One of these fits.'),
  none: z.literal(true).optional().describe('The bot says nothing.'),
})

export const StepInput = z.strictObject({
  say: label.optional().describe('The customer types this.'),
  tap: label.optional().describe('The customer taps the button with this title.'),
  pick: label.optional().describe('The customer picks the row of a list with this title.'),
  media: Media.optional().describe('The customer sends a file.'),
  location: LocationInput.optional().describe('The customer sends a place.'),
  silence: z.string().optional().describe('The customer says nothing for this long: 30m, 25h.'),
  advance: z.string().optional().describe('Time passes; what falls due happens in order.'),
  hand_back: z
    .enum(['returned', 'closed'])
    .optional()
    .describe('The person who had taken over gives the conversation back, or closes it.'),
  expect: z
    .union([label, ExpectationInput, z.array(z.union([label, ExpectationInput])).min(1)], {error: expectationMistake})
    .optional()
    .describe('What the bot answers: a text, or {text | contains | matches | any | kind | buttons | none}, or a list.'),
})

const CallExpectation = z.union([z.string(), z.record(z.string(), z.json())], {
  error: 'Write an address, or {node, method, url, body}.',
})
const EventExpectation = z.union([z.string(), z.looseObject({type: z.string()})], {
  error: 'Write the type of an event, or {type, ...fields}.',
})

export const ThenInput = z.strictObject({
  vars: names.optional().describe('Values of these variables.'),
  node: z.string().optional().describe('The node it stands at or ended on.'),
  outcome: z
    .string()
    .optional()
    .describe('What the end node names, else active, transferred, completed, abandoned, expired, failed or none.'),
  calls: z
    .union([z.int().min(0), z.array(CallExpectation)], {error: 'Write a number, or a list of calls.'})
    .optional()
    .describe('How many calls were made, or each of them in order, written as in match.'),
  events: z.array(EventExpectation).optional().describe('Events that happened in this order, others in between.'),
  contact: ContactInput.omit({id: true}).optional().describe('What the contact is at the end, in part.'),
})

const own = {
  contact: ContactInput.optional(),
  vars: names.optional().describe('Variables that the session begins with.'),
  now: z.string().optional().describe('When it begins: 2026-03-02T09:30, in the time zone of the settings.'),
  mocks: z.array(MockInput).optional(),
}

export const DialogueInput = z.strictObject({
  name: z.string().min(1),
  ...own,
  steps: z.array(StepInput),
  // What was expected in the middle is said by steps; what is so at the end is said here.
  then: ThenInput.optional(),
})

/** A test file, `*.test.yaml`, beside the flow it is about. */
export const TestFileInput = z.strictObject({
  flow: z.string().min(1).describe('Key of the flow, or the path of its file.'),
  also: z.array(z.string()).optional().describe('Other flows that are live beside it. Flows it jumps to are.'),
  ...own,
  settings: SettingsInput.optional(),
  variables: z.record(z.string(), z.json()).optional().describe('Values of ${var.NAME}.'),
  secrets: z
    .record(z.string(), z.string())
    .optional()
    .describe('Values of ${secret.NAME}. When given, a call that needs another one fails, as it would for real.'),
  number: z.string().optional().describe('The name of the number that is written to.'),
  dialogues: z.array(DialogueInput).min(1),
})
