import {z} from 'zod'
import {nodeType} from '../node.ts'
import {setVariable} from '../run.ts'
import {buildValue, SaveAs, ValueSource, VariableName} from '../values.ts'

/**
 * Goes to another flow. Without `return` this session stays there and keeps its variables; with it the other flow sees
 * only `with`, and its end comes back here.
 */
export const jump = nodeType({
  schema: z.strictObject({
    flow: z.string().regex(/^[a-z0-9-]{1,64}$/, 'The key of a flow is made of a-z, 0-9 and -.'),
    with: z.record(VariableName, ValueSource).optional(),
    return: z.boolean().optional(),
    save_as: SaveAs.optional(),
  }),
  // Only not getting there is not good.
  outcomes: {good: ['returned'], bad: ['failed'], anyName: true},
  writes: ({save_as: name}) => (name === undefined ? [] : [name]),
  build({flow, with: given = {}, return: comesBack = false, save_as: saveAs}, builder) {
    const values = Object.entries(given).map(
      ([name, source]) => [name, buildValue(source, ['with', name], builder)] as const,
    )
    if (saveAs !== undefined && !comesBack)
      builder.report(['save_as'], {rule: 'invalid-value', at: 'key', message: 'save_as needs return: true.'})
    return {
      waits: comesBack,
      enter(run) {
        const {session} = run
        const passed = Object.fromEntries(values.map(([name, value]) => [name, value(run)]))
        const frame = {flow: session.flow, release: session.release, node: run.node.id, vars: session.vars}
        return comesBack
          ? {do: 'jump', flow, vars: passed, frame}
          : {do: 'jump', flow, vars: {...session.vars, ...passed}}
      },
      resume(run, input) {
        if (input.kind !== 'child' || input.failed) return {do: 'leave', outcome: 'failed'}
        if (saveAs !== undefined) setVariable(run, saveAs, input.output)
        return {do: 'leave', outcome: input.outcome}
      },
    }
  },
})
