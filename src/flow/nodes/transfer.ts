import {z} from 'zod'
import {nodeType} from '../node.ts'
import {render} from '../run.ts'
import {DurationText} from '../values.ts'

/** Hands the conversation to a person and waits until it comes back. */
export const transfer = nodeType({
  schema: z.strictObject({
    queue: z.string().optional(),
    user: z.string().optional(),
    /** What the person should know. */
    note: z.string().optional(),
    timeout: DurationText.optional(),
  }),
  outcomes: {good: ['returned'], bad: ['timeout', 'closed']},
  build({queue, user, note, timeout}, builder) {
    const texts = {
      queue: queue === undefined ? undefined : builder.text(['queue'], queue),
      user: user === undefined ? undefined : builder.text(['user'], user),
      note: note === undefined ? undefined : builder.text(['note'], note),
    }
    const wait = timeout === undefined ? undefined : builder.duration(['timeout'], timeout)
    return {
      waits: true,
      enter: (run) => ({
        do: 'transfer',
        until: wait === undefined ? null : run.world.now + wait,
        queue: texts.queue && render(run, texts.queue),
        user: texts.user && render(run, texts.user),
        note: texts.note && render(run, texts.note),
      }),
      resume: (_run, input) => ({
        do: 'leave',
        outcome: input.kind === 'returned' ? input.outcome : 'timeout',
      }),
    }
  },
})
