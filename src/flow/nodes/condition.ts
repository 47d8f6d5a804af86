import {z} from 'zod'
import {nodeType} from '../node.ts'
import {evaluate} from '../run.ts'

/** Decides: the outcome is `true` or `false`. Without an expression its edges decide alone. */
export const condition = nodeType({
  schema: z.strictObject({expression: z.string().optional()}),
  outcomes: {good: ['true', 'false'], bad: []},
  build({expression}, builder) {
    if (expression === undefined) return {enter: () => ({do: 'leave', outcome: 'true'})}
    const decide = builder.expression(['expression'], expression, 'bool')
    return {enter: (run) => ({do: 'leave', outcome: evaluate(run, decide) === true ? 'true' : 'false'})}
  },
})
