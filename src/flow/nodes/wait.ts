import {z} from 'zod'
import type {Expression} from '../../base/expression.ts'
import type {Content} from '../../base/message.ts'
import {MAX_BUTTONS} from '../message-limits.ts'
import type {Text} from '../../base/text.ts'
import {answerKinds, matchOption, readAnswer, reaskTexts, type AnswerKind} from '../answers.ts'
import {nodeType, type Resumption, type Step, type Run} from '../node.ts'
import {evaluate, render, send, setResponse, setVariable} from '../run.ts'
import type {IncomingMessage, Json} from '../session.ts'
import {DurationText, SaveAs} from '../values.ts'

const DEFAULT_TRIES = 3
const LONGEST_JOIN = 60_000

/** Waits for an answer: validates it, asks again, gives up, times out, saves. */
export const wait = nodeType({
  schema: z.strictObject({
    expect: z.enum(answerKinds).optional(),
    /** Must be true as well; sees the new `response`. */
    valid: z.string().optional(),
    /** Asked after an answer that does not fit. */
    reask: z.string().optional(),
    /** Wrong answers taken before giving up. */
    tries: z.int().min(1).max(10).optional(),
    save_as: SaveAs.optional(),
    timeout: DurationText.optional(),
    /** Quick messages that come within this time are one answer. */
    join: DurationText.optional(),
  }),
  outcomes: {good: ['answered'], bad: ['timeout', 'invalid']},
  writes: ({save_as: name}) => (name === undefined ? [] : [name]),
  build(data, builder) {
    const {expect = 'text', tries = DEFAULT_TRIES} = data
    const joinMs = data.join === undefined ? undefined : builder.duration(['join'], data.join)
    if (joinMs !== undefined && joinMs > LONGEST_JOIN)
      builder.report(['join'], {rule: 'limit', message: 'Messages can be gathered for 60s at most.'})
    const plan: Plan = {
      expect,
      tries,
      joinMs,
      valid: data.valid === undefined ? undefined : builder.expression(['valid'], data.valid, 'bool'),
      reask: builder.text(['reask'], data.reask ?? reaskTexts[expect]),
      timeoutMs: data.timeout === undefined ? undefined : builder.duration(['timeout'], data.timeout),
      saveAs: data.save_as,
    }
    return {
      waits: true,
      enter: (run) => stand(run, plan, 0),
      resume: (run, input) => resume(run, plan, input),
      reask: (run) => askAgain(run, plan),
    }
  },
})

interface Plan {
  expect: AnswerKind
  valid?: Expression
  reask: Text
  tries: number
  saveAs?: string
  timeoutMs?: number
  joinMs?: number
}

const stand = (run: Run, {timeoutMs}: Plan, tries: number): Step => ({
  do: 'wait',
  until: timeoutMs === undefined ? null : run.world.now + timeoutMs,
  tries,
})

function resume(run: Run, plan: Plan, input: Resumption): Step {
  const {waiting} = run.session
  const gathered = waiting?.gathered ?? []
  if (input.kind === 'message') {
    const {message} = input
    const matched = matchOption(run.session.options, message)
    if (plan.joinMs === undefined || matched.option !== null) return take(run, plan, message, matched)
    setResponse(run, message.text, message, null)
    const texts = [...gathered, message.text].filter(Boolean)
    return {do: 'wait', until: run.world.now + plan.joinMs, tries: waiting?.tries ?? 0, gathered: texts}
  }
  if (gathered.length === 0) return {do: 'leave', outcome: 'timeout'}
  const text = gathered.join('\n')
  const message = {...run.session.message, text, content: {kind: 'text', text}, tapped: false} as const
  return take(run, plan, message, matchOption(run.session.options, message))
}

function take(run: Run, plan: Plan, message: IncomingMessage, matched: {text: string; option: string | null}): Step {
  setResponse(run, matched.text, message, matched.option)
  const value: Json | undefined = readAnswer[plan.expect]({...matched, message, moment: run.moment})
  if (value === undefined || (plan.valid && evaluate(run, plan.valid) !== true)) return askAgain(run, plan)
  if (plan.saveAs !== undefined) setVariable(run, plan.saveAs, value)
  return {do: 'leave', outcome: 'answered'}
}

function askAgain(run: Run, plan: Plan): Step {
  const tries = (run.session.waiting?.tries ?? 0) + 1
  if (tries >= plan.tries) return {do: 'leave', outcome: 'invalid'}
  const {options} = run.session
  send(
    run,
    question(
      render(run, plan.reask),
      options.map(({id, title}) => ({id, title})),
    ),
  )
  run.session.options = options
  return stand(run, plan, tries)
}

/** Asking again shows the options again: on a phone the first menu has scrolled away. */
function question(text: string, options: {id: string; title: string}[]): Content {
  if (options.length === 0) return {kind: 'text', text}
  if (options.length <= MAX_BUTTONS) return {kind: 'buttons', text, buttons: options}
  return {kind: 'list', text, button: 'Ver opções', sections: [{rows: options}]}
}
