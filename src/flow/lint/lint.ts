import type {Json} from '../session.ts'
import {loadFlow, type LoadedFlow} from '../definition.ts'
import type {Finding, Path, Problem, Rule, Severity} from '../problem.ts'
import {outlineBeside, outlineOf, type Outline} from './outline.ts'
import {substitute} from '../variables.ts'
import {lintRules} from './registry.ts'
import type {Subject} from './rule.ts'

interface TextFile {
  name: string
  text: string
}

export interface LintInput {
  files: readonly TextFile[]
  /** Flow files that lie beside them: what flows jump to and clash with, read only when that is asked. */
  beside?: readonly TextFile[]
  /** Flows may also be kept out of sight. */
  partial?: boolean
  /** Severities that differ from the rules' own. */
  rules?: Readonly<Partial<Record<Rule, Severity | 'off'>>>
  /** Values of `${var.NAME}`. */
  variables?: Variables
  /** Values by the name of a context in which the flows will be applied as well. */
  elsewhere?: Readonly<Record<string, Variables>>
}

type Variables = Readonly<Record<string, Json>>

/** Checks flow files by every rule. Problems come file by file, in the order of their places. */
export function lintFlows({files, beside = [], partial = false, rules = {}, ...values}: LintInput): Problem[] {
  const {variables = {}, elsewhere = {}} = values
  const problems: Problem[] = []
  const linted: Outline[] = []
  const locates = new Map<Outline, LoadedFlow['locate']>()
  for (const {name, text} of files) {
    const loaded = loadFlow(text, name, {variables})
    problems.push(...loaded.problems, ...check(loaded, text), ...missingElsewhere(loaded, elsewhere))
    if (!loaded.parts) continue
    const outline = outlineOf(name, loaded.parts)
    linted.push(outline)
    locates.set(outline, loaded.locate)
  }
  const others = linted.some(needsOthers) ? beside.flatMap(({name, text}) => outlineBeside(name, text) ?? []) : []
  const together = {linted, all: [...linted, ...others], partial}
  for (const {severity, checkTogether} of Object.values(lintRules)) {
    checkTogether?.(together, (outline) => (path, finding) => {
      const locate = locates.get(outline)
      if (locate) problems.push(locate(path, {severity, ...finding}))
    })
  }
  return arranged(problems.flatMap(setSeverity(rules)), files)
}

/** What has a value here and none in another context. What has none here either is told already. */
function missingElsewhere(
  {raw, locate, problems}: LoadedFlow,
  elsewhere: Readonly<Record<string, Variables>>,
): Problem[] {
  const told = new Set(problems.map(placeAndMessage))
  return Object.entries(elsewhere).flatMap(([context, variables]) => {
    const missing: Problem[] = []
    substitute(raw, variables, (path, finding) => {
      const problem = locate(path, finding)
      if (told.has(placeAndMessage(problem))) return
      const message = finding.message.replace(/\.$/, ` in context ${context}.`)
      missing.push({...problem, message, hint: `Set it in pytake.yaml, under contexts.${context}.variables.`})
    })
    return missing
  })
}

const placeAndMessage = ({line, column, message}: Problem) => `${line}:${column} ${message}`

const needsOthers = ({jumps, trigger}: Outline) => jumps.length > 0 || trigger.type !== 'none'

/**
 * A flow of which a part could not be read looks different from what was meant: a node without its edges seems dead. Then
 * only what is written in the file is looked at, and the rest when this is put right.
 */
const misleading = new Set<Rule>([
  'syntax',
  'unknown-key',
  'missing-key',
  'invalid-value',
  'unknown-node-type',
  'duplicate-node',
  'two-starts',
  'dangling-edge',
  'two-defaults',
  'next-and-edges',
  'expression',
  'template',
  'unknown-variable',
])
const ofTheText = new Set<Rule>(['secret-in-file', 'opt-out-keyword'])

function check({parts, raw, locate, problems}: LoadedFlow, written: string): Problem[] {
  if (!parts) return []
  const misled = problems.some(({rule}) => misleading.has(rule))
  const text = written.startsWith('\ufeff') ? written.slice(1) : written
  const subject: Subject = {...parts, text, raw}
  const found: Problem[] = []
  for (const rule of Object.values(lintRules)) {
    if (misled && !ofTheText.has(rule.id)) continue
    rule.check?.(subject, (path: Path, finding: Finding) => {
      found.push(locate(path, {severity: rule.severity, ...finding}))
    })
  }
  return found
}

/** What apply refuses stays an error whatever was set. */
const setSeverity =
  (rules: NonNullable<LintInput['rules']>) =>
  (problem: Problem): Problem[] => {
    const severity = lintRules[problem.rule].fixed ? problem.severity : (rules[problem.rule] ?? problem.severity)
    return severity === 'off' ? [] : [{...problem, severity}]
  }

function arranged(problems: Problem[], files: readonly TextFile[]): Problem[] {
  const order = new Map(files.map(({name}, index) => [name, index]))
  const placeOf = ({file}: Problem) => order.get(file) ?? 0
  return problems.sort((a, b) => placeOf(a) - placeOf(b) || a.line - b.line || a.column - b.column)
}
