import {didYouMean} from '../base/nearest.ts'
import {compileText} from '../base/text.ts'
import type {Finding} from './problem.ts'
import {flowNames} from './scope.ts'
import type {LiveChoice, LivePolicy} from './shape.ts'

/** What becomes of somebody who stands at this node of an older release. */
export const choiceAt = (policy: LivePolicy | undefined, node: string | null): LiveChoice =>
  policy?.nodes?.[node ?? ''] ?? policy?.default ?? 'finish'

/** True when everybody finishes where they are. */
export const leavesAlone = (policy: LivePolicy | undefined): boolean =>
  [policy?.default, ...Object.values(policy?.nodes ?? {})].every((choice) => (choice ?? 'finish') === 'finish')

/** Why a flow with these nodes and variables cannot do what was chosen; `key` is the field that is wrong. */
export function choiceProblem(
  choice: LiveChoice,
  nodes: ReadonlySet<string>,
  vars: readonly string[],
): {key: 'move' | 'end'; finding: Finding} | undefined {
  if (typeof choice === 'string') return undefined
  if ('move' in choice) {
    if (nodes.has(choice.move)) return undefined
    const message = `"${choice.move}" is no node of this flow.`
    return {key: 'move', finding: {rule: 'dangling-edge', message, hint: didYouMean(choice.move, nodes)}}
  }
  const {problem} = compileText(choice.end, flowNames(vars))
  if (!problem) return undefined
  const {message, hint, at} = problem
  return {key: 'end', finding: {rule: 'template', message, hint, excerpt: {text: choice.end, at}}}
}
