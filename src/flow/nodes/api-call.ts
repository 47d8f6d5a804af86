import {z} from 'zod'
import {isRecord} from '../../base/json.ts'
import {nodeType, type Outcomes, type Step, type Run} from '../node.ts'
import {emit, render, setVariable} from '../run.ts'
import type {CallResult, Json} from '../session.ts'
import {DurationText, buildValue, SaveAs, ValueSource} from '../values.ts'
import type {Expression} from '../../base/expression.ts'

const DEFAULT_TIMEOUT = 10_000
const LONGEST_TIMEOUT = 10_000
const safeMethods = new Set(['GET', 'HEAD'])

const outcomes: Outcomes = {good: ['ok'], bad: ['http_error', 'timeout', 'blocked', 'too_large', 'unknown']}

/** Calls an HTTP interface. The job that makes the call resolves `${secret.NAME}`; the answer is the next input. */
export const apiCall = nodeType({
  schema: z.strictObject({
    method: z.enum(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']).optional(),
    url: z.string().regex(/^(https?:\/\/|\$\{secret\.)/, 'It must begin with https:// or http://.'),
    headers: z.record(z.string().regex(/^[A-Za-z0-9-]+$/, 'No header name.'), z.string()).optional(),
    /** Text is sent as it is; anything else as JSON. */
    body: ValueSource.optional(),
    timeout: DurationText.optional(),
    retry: z.boolean().optional(),
    save: z.record(SaveAs, z.string()).optional(),
  }),
  outcomes,
  writes: ({save = {}}) => Object.keys(save),
  build(data, builder) {
    const {method = 'GET', headers = {}, body, retry = false, timeout, save = {}} = data
    const url = builder.text(['url'], data.url, {escape: 'url', secrets: true})
    const fields = buildValue(headers, ['headers'], builder, true)
    const content = body === undefined ? undefined : buildValue(body, ['body'], builder, true)
    const timeoutMs = timeout === undefined ? DEFAULT_TIMEOUT : builder.duration(['timeout'], timeout)
    if (timeoutMs > LONGEST_TIMEOUT)
      builder.report(['timeout'], {rule: 'limit', message: `A call may take ${LONGEST_TIMEOUT / 1000}s at most.`})
    const saves = Object.entries(save).map(([name, source]) => ({
      name,
      expression: builder.expression(['save', name], source, 'answer'),
    }))
    return {
      enter: (run) => ({
        do: 'call',
        request: {
          kind: 'api_call',
          data: {method, url: render(run, url), headers: fields(run), body: content ? content(run) : null},
          retry: retry || safeMethods.has(method),
          timeoutMs,
        },
      }),
      resume: (run, input) =>
        input.kind === 'result' ? finish(run, input.result, saves) : {do: 'leave', outcome: 'timeout'},
    }
  },
})

/** Saves what the flow asked for. An expression that does not fit leaves its variable null and is told as an event. */
function finish(run: Run, result: CallResult, saves: {name: string; expression: Expression}[]): Step {
  const outcome = [...outcomes.good, ...outcomes.bad].includes(result.outcome) ? result.outcome : 'error'
  if (outcome !== 'ok') return {do: 'leave', outcome}
  const answer: Record<string, Json> = isRecord(result.data) ? result.data : {}
  const scope = {...answer, now: run.world.now}
  for (const {name, expression} of saves) {
    setVariable(
      run,
      name,
      attempt(run, name, () => expression.evaluate(scope, run.moment)),
    )
  }
  return {do: 'leave', outcome}
}

function attempt(run: Run, name: string, value: () => Json): Json {
  try {
    return value()
  } catch (error) {
    emit(run, 'expression_error', {save: name, error: error instanceof Error ? error.message : ''})
    return null
  }
}
