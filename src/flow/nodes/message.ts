import {matchOption} from '../answers.ts'
import {checkMessage} from '../message-check.ts'
import {contentOf, fallbackOf} from '../message-content.ts'
import {combinationProblem, MessageData, type FallbackData} from '../message-data.ts'
import {nodeType, type Behaviour, type Builder, type Step, type Run} from '../node.ts'
import {send, setResponse} from '../run.ts'
import type {Json} from '../session.ts'
import {buildValue, type Value} from '../values.ts'

const TRIES = 3

/** Sends one message of any kind. It waits for the answer when one of its own edges uses `response`. */
export const message = nodeType({
  schema: MessageData,
  outcomes: {good: ['ok'], bad: ['window_closed', 'opted_out', 'timeout', 'invalid']},
  build(data, builder) {
    const problem = combinationProblem(data)
    if (problem)
      builder.report(problem.key === undefined ? [] : [problem.key], {
        rule: problem.key === undefined ? 'missing-key' : 'invalid-value',
        message: problem.message,
      })
    checkMessage(data, (path, finding) => builder.report(path, finding))
    const say = sayer(data, builder)
    const asks = builder.edges.some((edge) => edge.condition?.uses.has('response'))
    if (!asks) return {enter: (run) => ({do: 'leave', outcome: say(run)})}
    return asking(say)
  },
})

function asking(say: (run: Run) => string): Behaviour {
  const ask = (run: Run, tries: number): Step => {
    const outcome = say(run)
    return outcome === 'ok' ? {do: 'wait', until: null, tries} : {do: 'leave', outcome}
  }
  return {
    waits: true,
    enter: (run) => ask(run, 0),
    resume(run, input) {
      if (input.kind !== 'message') return {do: 'leave', outcome: 'timeout'}
      const {text, option} = matchOption(run.session.options, input.message)
      setResponse(run, text, input.message, option)
      return {do: 'leave', outcome: 'ok'}
    },
    reask(run) {
      const tries = (run.session.waiting?.tries ?? 0) + 1
      return tries >= TRIES ? {do: 'leave', outcome: 'invalid'} : ask(run, tries)
    },
  }
}

/** Compiles everything in the message once; gives the function that fills it in and sends it. */
function sayer({fallback, ...data}: MessageData, builder: Builder): (run: Run) => string {
  const prefix = `${builder.flow}/${builder.node}/`
  const fill = buildValue(data as Json, [], builder)
  const fillFallback: Value | undefined = fallback && buildValue(fallback, ['fallback'], builder)
  return (run) => {
    const {content, values} = contentOf(fill(run) as MessageData, prefix, run.session.message.id)
    const template = fillFallback && fallbackOf(fillFallback(run) as unknown as FallbackData)
    const outcome = send(run, content, template)
    if (outcome === 'ok' && values.size > 0)
      run.session.options = run.session.options.map((option) => ({...option, value: values.get(option.id)}))
    return outcome
  }
}
