import {clashes, routeOf} from '../../route.ts'
import {fold} from '../../../base/fold.ts'
import type {Outline} from '../outline.ts'
import type {LintRule} from '../rule.ts'
import type {Path} from '../../problem.ts'

const flow = (key: string, keywords: string) => `flow: ${key}
trigger: {type: keyword, keywords: [${keywords}]}
nodes:
  - {id: ola, type: message, data: {text: "Olá!"}}
`

export const keywordClash: LintRule = {
  id: 'keyword-clash',
  severity: 'error',
  summary: 'Two flows want the same message.',
  explain: `Two flows with the same keyword on the same number, or two that take every message, cannot both answer: nobody could say
which one does. "flow apply" refuses them. Take the keyword out of one, or tell them apart with trigger.numbers. Keywords are compared
without accents and capitals. Here numbers are compared as they are written; apply knows every name of a number.`,
  bad: {'menu.yaml': flow('menu', 'oi, menu'), 'ajuda.yaml': flow('ajuda', 'ajuda, Menu')},
  good: {'menu.yaml': flow('menu', 'oi, menu'), 'ajuda.yaml': flow('ajuda', 'ajuda')},
  checkTogether({linted, all}, reportOf) {
    // Files with one key, or with none that can be read, are told by another rule; here the first of them stands for all.
    const named = all.filter(({key}) => key !== '')
    const byKey = new Map(named.toReversed().map((outline) => [outline.key, outline]))
    const found = clashes([...byKey.values()].toReversed().map(({key, trigger}) => routeOf({flow: key, trigger})))
    for (const {flows, keyword, message} of found) {
      const pair = flows.flatMap((key) => byKey.get(key) ?? [])
      const mine = pair.toReversed().find((outline) => linted.includes(outline))
      if (!mine) continue
      const other = pair.find((outline) => outline !== mine)
      reportOf(mine)(placeOf(mine, keyword), {
        rule: 'keyword-clash',
        message,
        hint: `The other one is ${other?.file ?? 'elsewhere'}. Take it out of one, or set trigger.numbers.`,
      })
    }
  },
}

function placeOf({trigger}: Outline, keyword: string | undefined): Path {
  const index = trigger.type === 'keyword' ? trigger.keywords.findIndex((one) => fold(one) === keyword) : -1
  return index === -1 ? ['trigger'] : ['trigger', 'keywords', index]
}
