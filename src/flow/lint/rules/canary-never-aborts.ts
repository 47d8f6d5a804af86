import type {LintRule} from '../rule.ts'

const flow = (abortWhen: string) => `flow: exemplo
canary: {abort_when: "${abortWhen}"}
nodes:
  - {id: ola, type: message, data: {text: "Olá!"}}
`

export const canaryNeverAborts: LintRule = {
  id: 'canary-never-aborts',
  severity: 'warn',
  summary: 'A canary waits for an error rate above 1, which there is not.',
  explain: `In canary.abort_when, error_rate is a share from 0 to 1: of 100 sessions that ended, 5 failed makes 0.05. "error_rate > 5" is
never true, and a canary that fails would go on. Numbers of sessions are failed, ended and sessions.`,
  bad: flow('error_rate > 5'),
  good: flow('error_rate > 0.05'),
  check({flow: {canary}}, report) {
    const source = canary?.abort_when ?? ''
    const found = impossible(source)
    if (!found) return
    report(['canary', 'abort_when'], {
      rule: 'canary-never-aborts',
      message: `error_rate is a share from 0 to 1, so "${found.text}" is never true.`,
      hint: found.value > 1 && found.value <= 100 ? `For ${found.value} % write ${found.value / 100}.` : undefined,
      excerpt: {text: source, at: found.at},
    })
  },
}

/** A comparison with a number alone: what is worked out on either side may well be above 1. */
const comparisons = [
  /(?<![*/%+-]\s*)\berror_rate\s*(?<sign>>=?)\s*(?<number>\d+(?:\.\d+)?)(?![\d.]|\s*[*/%+-])/g,
  /(?<![*/%+-]\s*|[\d.])(?<number>\d+(?:\.\d+)?)\s*(?<sign><=?)\s*error_rate\b(?!\s*[*/%+-])/g,
]

function impossible(source: string): {text: string; value: number; at: number} | undefined {
  for (const match of comparisons.flatMap((comparison) => [...source.matchAll(comparison)])) {
    const value = Number(match.groups?.number)
    const isStrict = match.groups?.sign?.length === 1
    if (isStrict ? value >= 1 : value > 1) return {text: match[0], value, at: match.index}
  }
  return undefined
}
