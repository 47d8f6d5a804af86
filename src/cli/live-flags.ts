import {PytakeError} from '../base/errors.ts'
import type {z} from 'zod'
import type {planFlowsOperation} from '../operations/flow-deploy.ts'

export type LiveInput = NonNullable<z.input<(typeof planFlowsOperation)['input']>['live']>
type Choice = NonNullable<LiveInput['default']>

const HOW = 'write finish, restart, end, end:TEXT or move:NODE, after FLOW= or FLOW.NODE= where it is not for all.'

/** `restart`, `menu=end`, `menu.pede_cpf=move:novo`: what becomes of people who are inside. */
export function liveOf(given: readonly string[] | undefined): LiveInput | undefined {
  if (!given || given.length === 0) return undefined
  const live: {default?: Choice; flows: NonNullable<LiveInput['flows']>} = {flows: {}}
  for (const text of given) {
    const [, flow, node, choice = ''] = /^(?:([a-z0-9-]{1,64})(?:\.([^=]+))?=)?(.+)$/s.exec(text) ?? []
    const read = choiceOf(choice)
    if (read === undefined) throw new PytakeError('BAD_REQUEST', `--live ${text}: ${HOW}`)
    if (flow === undefined) live.default = read
    else {
      const own = (live.flows[flow] ??= {})
      if (node === undefined) own.default = read
      else own.nodes = {...own.nodes, [node]: read}
    }
  }
  return live
}

function choiceOf(text: string): Choice | undefined {
  if (text === 'finish' || text === 'restart' || text === 'end') return text
  const [, kind, rest = ''] = /^(move|end):(.+)$/s.exec(text) ?? []
  if (kind === 'move') return {move: rest}
  return kind === 'end' ? {end: rest} : undefined
}
