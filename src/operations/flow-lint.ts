import {z} from 'zod'
import {PytakeError} from '../base/errors.ts'
import {didYouMean} from '../base/nearest.ts'
import {lintFlows, type LintInput} from '../flow/lint/lint.ts'
import {isRule, lintRules} from '../flow/lint/registry.ts'
import {FlowProblem} from './flow-files.ts'
import {localOperation} from './operation.ts'

const MOST_FILES = 2000
const files = z.array(z.strictObject({name: z.string().min(1).max(1000), text: z.string()})).max(MOST_FILES)
const RuleSetting = z.enum(['off', 'warn', 'error'], {error: 'must be off, warn or error'})

const LintRuleText = z.object({
  id: z.string(),
  severity: z.enum(['error', 'warn']),
  /** `flow apply` refuses what it finds, so it cannot be switched off. */
  fixed: z.boolean(),
  summary: z.string(),
  explain: z.string(),
})
export type LintRuleText = z.output<typeof LintRuleText>

const LintResult = z.object({
  findings: z.array(FlowProblem),
  files: z.array(z.string()),
  errors: z.number(),
  warnings: z.number(),
  /** The rules that found something. */
  rules: z.array(LintRuleText),
})
export type LintResult = z.output<typeof LintResult>

/** Lints flow files where they are. */
export const lintFlowFiles = localOperation({
  id: 'flows.lint',
  summary: 'Check flow files by every rule of lint.',
  input: z.strictObject({
    files: files.min(1, 'there is no file'),
    /** Flow files beside them, which they may jump to or clash with. */
    beside: files.default([]),
    /** Flows may also be kept where they cannot be seen. */
    partial: z.boolean().default(false),
    /** Severity by rule. */
    rules: z.record(z.string(), RuleSetting).default({}),
    variables: z.record(z.string(), z.json()).default({}),
    /** Values by context where the flows will be applied too: what has none there is told. */
    elsewhere: z.record(z.string(), z.record(z.string(), z.json())).default({}),
  }),
  output: LintResult,
  async run(_context, input) {
    const findings = lintFlows({...input, rules: settingsOf(input.rules)})
    const count = (severity: string) => findings.filter((one) => one.severity === severity).length
    const found = [...new Set(findings.map(({rule}) => rule))].sort()
    return {
      findings,
      files: input.files.map(({name}) => name),
      errors: count('error'),
      warnings: count('warn'),
      rules: found.map((id) => textOf(id)),
    }
  },
})

const Example = z.array(z.object({file: z.string(), text: z.string()}))
const ExplainedRule = LintRuleText.extend({bad: Example, good: Example})
export type ExplainedRule = z.output<typeof ExplainedRule>

/** Tells the rules of lint: one with its examples, or all of them shortly. */
export const explainLint = localOperation({
  id: 'flows.lint.explain',
  summary: 'Explain a rule of lint, or list them all.',
  input: z.strictObject({rule: z.string().optional()}),
  output: z.object({rules: z.array(LintRuleText), rule: ExplainedRule.optional()}),
  async run(_context, {rule: id}) {
    if (id === undefined) return {rules: Object.keys(lintRules).map(textOf)}
    const rule = lintRules[knownRule(id)]
    return {rules: [], rule: {...textOf(id), bad: filesOf(rule.bad), good: filesOf(rule.good)}}
  },
})

const filesOf = (example: string | Readonly<Record<string, string>>) =>
  Object.entries(typeof example === 'string' ? {'exemplo.yaml': example} : example).map(([file, text]) => ({
    file,
    text,
  }))

function textOf(name: string): LintRuleText {
  const {id, severity, fixed = false, summary, explain} = lintRules[knownRule(name)]
  return {id, severity, fixed, summary, explain}
}

function knownRule(id: string) {
  if (isRule(id)) return id
  throw new PytakeError('BAD_REQUEST', `"${id}" is no rule of lint.`, {
    details: [{field: 'rule', message: 'is not known'}],
    help: didYouMean(id, Object.keys(lintRules)) ?? 'See them all: pytake flow lint --list',
  })
}

function settingsOf(rules: Readonly<Record<string, 'off' | 'warn' | 'error'>>): LintInput['rules'] {
  for (const [id, severity] of Object.entries(rules)) {
    if (!lintRules[knownRule(id)].fixed || severity === 'error') continue
    throw new PytakeError(
      'BAD_REQUEST',
      `The rule "${id}" cannot be set to ${severity}: flow apply refuses what it finds.`,
      {
        details: [{field: `rules.${id}`, message: 'cannot be switched off'}],
        help: `See why: pytake flow lint --explain ${id}`,
      },
    )
  }
  return rules
}
