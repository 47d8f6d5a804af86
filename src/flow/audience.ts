import {compileExpression, type Expression} from '../base/expression.ts'
import {audienceNames} from './scope.ts'
import type {World} from './session.ts'
import type {Trigger} from './shape.ts'

type Schedule = Extract<Trigger, {type: 'schedule'}>

/**
 * Tells whom a scheduled flow is meant for: any of the tags, and the condition; an error in the condition leaves the
 * contact out. Throws when the condition cannot be read.
 */
export function audienceOf({audience}: Schedule): (contact: World['contact'], now: number) => boolean {
  let where: Expression | undefined
  if (audience?.where !== undefined) {
    const compiled = compileExpression(audience.where, audienceNames, 'bool')
    where = compiled.expression
    if (!where) throw new Error(compiled.problem?.message ?? 'The audience cannot be read.')
  }
  return (contact, now) => {
    if (!contact.opted_in || (audience?.tags && !audience.tags.some((tag) => contact.tags.includes(tag)))) return false
    if (!where) return true
    try {
      return where.evaluate({contact, now}, {now, timeZone: 'UTC'}) === true
    } catch {
      return false
    }
  }
}
