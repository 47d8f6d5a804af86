import type {Jump, Outline} from '../outline.ts'
import type {LintRule} from '../rule.ts'

const flow = (key: string, jump: string) => `flow: ${key}
nodes:
  - {id: diz, type: message, data: {text: "Um momento."}, next: vai}
  - id: vai
    type: jump
    data: {${jump}}
    next: [{if: "outcome == 'failed'", to: fim}, fim]
  - {id: fim, type: end}
`
const leaf = `flow: consulta
nodes:
  - {id: diz, type: message, data: {text: "Pronto."}}
`

export const recursion: LintRule = {
  id: 'recursion',
  severity: 'error',
  summary: 'Flows jump to one another in a circle.',
  explain: `A jump with "return: true" waits for the other flow to end. When that one calls the first again, directly or through others, calls
pile up; at eight the jump fails. Jumps without return may go in circles, as from a menu and back to it, but only if someone is
waited for on the way: else the turn goes round until it hits the limit of 100 steps. Jump back without return, or let the
called flow end instead of calling.`,
  bad: {
    'menu.yaml': flow('menu', 'flow: consulta, return: true'),
    'consulta.yaml': flow('consulta', 'flow: menu, return: true'),
  },
  good: {'menu.yaml': flow('menu', 'flow: consulta, return: true'), 'consulta.yaml': leaf},
  checkTogether({linted, all}, reportOf) {
    const byKey = new Map(all.map((outline) => [outline.key, outline]))
    for (const outline of linted) {
      for (const jump of outline.jumps) {
        const atOnce = jump.atOnce && circle(outline, jump, byKey, (one) => one.atOnce)
        const nesting = jump.returns && circle(outline, jump, byKey, () => true)
        const way = atOnce || nesting
        if (!way) continue
        const why = atOnce ? 'goes round without waiting for anyone' : 'calls itself, and calls pile up'
        reportOf(outline)(jump.path, {
          rule: 'recursion',
          message: `${[outline.key, ...way].join(' → ')} ${why}.`,
          hint: atOnce ? 'Wait for an answer on the way.' : 'Jump back without return, or end the called flow.',
        })
      }
    }
  },
}

/** The keys on the way from a jump back to its own flow, or undefined when there is none. */
function circle(
  {key: home}: Outline,
  first: Jump,
  byKey: ReadonlyMap<string, Outline>,
  follow: (jump: Jump) => boolean,
): string[] | undefined {
  const cameFrom = new Map<string, string | undefined>([[first.target, undefined]])
  const todo = [first.target]
  for (let key = todo.shift(); key !== undefined; key = todo.shift()) {
    if (key === home) {
      const way: string[] = []
      for (let step: string | undefined = key; step !== undefined; step = cameFrom.get(step)) way.unshift(step)
      return way
    }
    for (const {target} of byKey.get(key)?.jumps.filter(follow) ?? []) {
      if (cameFrom.has(target)) continue
      cameFrom.set(target, key)
      todo.push(target)
    }
  }
  return undefined
}
