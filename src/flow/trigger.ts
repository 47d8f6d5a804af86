import {Cron} from 'croner'
import {z} from 'zod'
import {compileExpression} from '../base/expression.ts'
import {fold} from '../base/fold.ts'
import type {Report} from './problem.ts'
import {type Issues, reportInput} from './schema-issues.ts'
import {audienceNames} from './scope.ts'
import type {Trigger} from './shape.ts'

const label = z.union([z.string(), z.number().transform(String)])
const narrowed = {numbers: z.array(label).min(1).optional(), priority: z.int().optional()}

/** A trigger that is an object, by its type. */
export const triggerSchemas = {
  none: z.strictObject({type: z.literal('none')}),
  message_received: z.strictObject({type: z.literal('message_received'), ...narrowed}),
  keyword: z.strictObject({
    type: z.literal('keyword'),
    keywords: z.array(label).min(1),
    match: z.enum(['whole', 'word']).default('whole'),
    interrupt: z.boolean().optional(),
    ...narrowed,
  }),
  schedule: z.strictObject({
    type: z.literal('schedule'),
    cron: z.string(),
    timezone: z.string().optional(),
    audience: z.strictObject({tags: z.array(z.string()).optional(), where: z.string().optional()}).optional(),
    catch_up: z.enum(['once', 'none']).default('once'),
    ...narrowed,
  }),
}

const Head = z.looseObject({type: z.enum(['none', 'message_received', 'keyword', 'schedule'])})

/** Reads a trigger in either form: an object, or the specification's word with `trigger_value` beside it. */
export function readTrigger(flow: Record<string, unknown>, report: Report, issues: Issues): Trigger {
  const raw = typeof flow.trigger === 'string' ? fromWord(flow.trigger, flow.trigger_value, report) : flow.trigger
  if (raw === undefined) return {type: 'none'}
  if (typeof flow.trigger !== 'string' && flow.trigger_value !== undefined && flow.trigger_value !== null)
    report(['trigger_value'], {
      rule: 'trigger',
      at: 'key',
      message: 'trigger_value goes with a trigger that is one word.',
    })
  const head = Head.safeParse(raw, reportInput)
  if (!head.success) {
    issues(head.error, ['trigger'], Head)
    return {type: 'none'}
  }
  const schema = triggerSchemas[head.data.type]
  const parsed = schema.safeParse(raw, reportInput)
  if (!parsed.success) {
    issues(parsed.error, ['trigger'], schema)
    return {type: 'none'}
  }
  checkTrigger(parsed.data, report)
  return parsed.data
}

/** How the specification's own sample writes it: a list of what may stand there. Its first word holds. */
const SPECIFIED = 'message_received|keyword|schedule'

function fromWord(trigger: string, value: unknown, report: Report): unknown {
  const [word = '', ...others] = trigger.split('|')
  if (others.length > 0 && trigger !== SPECIFIED)
    report(['trigger'], {
      rule: 'several-triggers',
      severity: 'warn',
      message: `Several triggers are named; "${word}" is used.`,
    })
  const text = typeof value === 'string' ? value : ''
  if (word === 'keyword')
    return {
      type: word,
      keywords: text
        .split(',')
        .map((one) => one.trim())
        .filter(Boolean),
    }
  return word === 'schedule' ? {type: word, cron: text} : {type: word}
}

function checkTrigger(trigger: Trigger, report: Report) {
  if (trigger.type === 'keyword') {
    const seen = new Set<string>()
    for (const [index, keyword] of trigger.keywords.entries()) {
      const folded = fold(keyword)
      const path = ['trigger', 'keywords', index]
      if (folded === '') report(path, {rule: 'trigger', message: 'A keyword needs at least one letter, digit or sign.'})
      else if (seen.has(folded))
        report(path, {rule: 'duplicate-keyword', severity: 'warn', message: `"${keyword}" stands here twice.`})
      seen.add(folded)
    }
  }
  if (trigger.type === 'schedule') checkSchedule(trigger, report)
}

function checkSchedule({cron, timezone, audience}: Extract<Trigger, {type: 'schedule'}>, report: Report) {
  try {
    new Cron(cron, {paused: true, mode: '5-part'}).stop()
  } catch {
    const hint = 'Five fields: minute hour day month weekday, e.g. "0 9 * * 1-5".'
    report(['trigger', 'cron'], {rule: 'trigger', message: `"${cron}" is no cron pattern.`, hint})
  }
  if (timezone !== undefined && !isTimeZone(timezone))
    report(['trigger', 'timezone'], {
      rule: 'trigger',
      message: `"${timezone}" is no time zone.`,
      hint: 'For instance America/Sao_Paulo.',
    })
  if (audience?.where === undefined) return
  const {problem} = compileExpression(audience.where, audienceNames, 'bool')
  const excerpt = {text: audience.where, at: problem?.at ?? 0}
  if (problem)
    report(['trigger', 'audience', 'where'], {
      rule: 'expression',
      message: problem.message,
      hint: problem.hint,
      excerpt,
    })
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', {timeZone: name})
    return true
  } catch {
    return false
  }
}

/** `trigger_type` and `trigger_value` as the specification's table stores them. */
export function triggerColumns(trigger: Trigger): {trigger_type: string; trigger_value: string | null} {
  const value =
    trigger.type === 'keyword' ? trigger.keywords.join(',') : trigger.type === 'schedule' ? trigger.cron : null
  return {trigger_type: trigger.type, trigger_value: value}
}
