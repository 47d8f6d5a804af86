import {z} from 'zod'
import {nodeType} from '../node.ts'
import {buildValue, ValueSource} from '../values.ts'

/** Ends the flow. Called by a jump with return, `outcome` becomes the jump's outcome and `output` its result. */
export const end = nodeType({
  schema: z.strictObject({
    outcome: z
      .string()
      .regex(/^[a-z0-9_-]{1,64}$/i, 'Use letters, digits, _ and -.')
      .optional(),
    output: ValueSource.optional(),
  }),
  // It is left by no edge.
  outcomes: {good: [], bad: []},
  build({outcome, output}, builder) {
    const value = output === undefined ? undefined : buildValue(output, ['output'], builder)
    return {enter: (run) => ({do: 'end', outcome, output: value?.(run)})}
  },
})
