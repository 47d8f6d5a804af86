import {didYouMean} from '../../../base/nearest.ts'
import type {LintRule} from '../rule.ts'

const caller = (target: string) => `flow: menu
nodes:
  - {id: ola, type: message, data: {text: "Um momento."}, next: vai}
  - {id: vai, type: jump, data: {flow: ${target}}}
`
const called = `flow: segunda-via
nodes:
  - {id: ola, type: message, data: {text: "Aqui está a segunda via."}}
`

export const danglingJump: LintRule = {
  id: 'dangling-jump',
  severity: 'error',
  summary: 'A jump goes to a flow that is not there.',
  explain: `The target of a jump is the key of another flow. Looked for are the files that are linted, what lies in the
same folders, and the whole folder of flows of a project. At run time the jump would end with the outcome "failed", and "flow apply" refuses it unless the flow is live
already. If it is kept elsewhere, switch the rule off for the project.`,
  bad: {'menu.yaml': caller('segundavia'), 'segunda-via.yaml': called},
  good: {'menu.yaml': caller('segunda-via'), 'segunda-via.yaml': called},
  checkTogether({linted, all, partial}, reportOf) {
    if (partial) return
    const keys = new Set(all.map(({key}) => key))
    for (const outline of linted) {
      for (const {target, path} of outline.jumps) {
        if (keys.has(target)) continue
        reportOf(outline)(path, {
          rule: 'dangling-jump',
          message: `The jump goes to "${target}", which is no flow here.`,
          hint: didYouMean(target, keys),
        })
      }
    }
  },
}
