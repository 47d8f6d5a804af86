import type {Rule} from '../problem.ts'
import type {LintRule} from './rule.ts'
import {callWithoutFailurePath} from './rules/call-without-failure-path.ts'
import {canaryNeverAborts} from './rules/canary-never-aborts.ts'
import {danglingJump} from './rules/dangling-jump.ts'
import {deadEnd} from './rules/dead-end.ts'
import {duplicateFlow} from './rules/duplicate-flow.ts'
import {danglingEdge, nextAndEdges, twoDefaults} from './rules/edges.ts'
import {duration, invalidValue, limit, missingKey, secret, syntax, unknownKey, unknownVariable} from './rules/file.ts'
import {keywordClash} from './rules/keyword-clash.ts'
import {expression, template} from './rules/languages.ts'
import {mayBeTooLong} from './rules/may-be-too-long.ts'
import {duplicateOption, tooLong, tooManyOptions} from './rules/messages.ts'
import {noDefaultEdge} from './rules/no-default-edge.ts'
import {duplicateNode, loopWithoutWait, twoStarts, unknownNodeType, unreachableNode} from './rules/nodes.ts'
import {optOutKeyword} from './rules/opt-out-keyword.ts'
import {recursion} from './rules/recursion.ts'
import {secretInFile} from './rules/secret-in-file.ts'
import {duplicateKeyword, severalTriggers, trigger} from './rules/triggers.ts'
import {unhandledOutcome} from './rules/unhandled-outcome.ts'
import {unknownOutcome} from './rules/unknown-outcome.ts'
import {unmaskedDocument} from './rules/unmasked-document.ts'
import {unverifiedDebts} from './rules/unverified-debts.ts'
import {unsetVariable} from './rules/unset-variable.ts'
import {windowMayClose} from './rules/window-may-close.ts'

/** Every rule. To add one: its id in `problem.ts`, a file in `rules/`, a line here. Its examples are its tests. */
export const lintRules: Readonly<Record<Rule, LintRule>> = {
  syntax,
  'unknown-key': unknownKey,
  'missing-key': missingKey,
  'invalid-value': invalidValue,
  'unknown-node-type': unknownNodeType,
  'duplicate-node': duplicateNode,
  'two-starts': twoStarts,
  'dangling-edge': danglingEdge,
  'two-defaults': twoDefaults,
  'next-and-edges': nextAndEdges,
  'no-default-edge': noDefaultEdge,
  'loop-without-wait': loopWithoutWait,
  'unreachable-node': unreachableNode,
  'dead-end': deadEnd,
  'unhandled-outcome': unhandledOutcome,
  'unknown-outcome': unknownOutcome,
  'call-without-failure-path': callWithoutFailurePath,
  expression,
  template,
  'unset-variable': unsetVariable,
  duration,
  limit,
  'too-long': tooLong,
  'may-be-too-long': mayBeTooLong,
  'too-many-options': tooManyOptions,
  'duplicate-option': duplicateOption,
  'window-may-close': windowMayClose,
  trigger,
  'several-triggers': severalTriggers,
  'duplicate-keyword': duplicateKeyword,
  'opt-out-keyword': optOutKeyword,
  'unknown-variable': unknownVariable,
  secret,
  'secret-in-file': secretInFile,
  'unmasked-document': unmaskedDocument,
  'unverified-debts': unverifiedDebts,
  'duplicate-flow': duplicateFlow,
  'keyword-clash': keywordClash,
  'dangling-jump': danglingJump,
  recursion,
  'canary-never-aborts': canaryNeverAborts,
}

export const isRule = (id: string): id is Rule => Object.hasOwn(lintRules, id)
