import type {Identity} from '../../base/message.ts'
import {fieldsOf, itemsOf, millisecondsOf, textOf, type Fields} from '../../base/read.ts'
import type {ChangeEvent, ChannelEvent} from '../channel.ts'
import {hashKey, placeOf, unknownEvent, type Change} from './change.ts'
import {identitiesOf} from './identities.ts'

type Reader = (change: Change) => ChannelEvent[]

/** Every field but `messages` and echoes that means something to us. */
export const accountChanges: Readonly<Record<string, Reader>> = {
  message_template_status_update: (change) => template(change, templateEvent(change.value)),
  message_template_quality_update: (change) => template(change, qualityEvent(change.value)),
  template_category_update: (change) => template(change, 'CATEGORY'),
  template_correct_category_detection: (change) => template(change, 'CATEGORY'),
  message_template_components_update: (change) => template(change, 'COMPONENTS'),
  account_update: (change) => account(change, textOf(change.value.event), severityOf),
  account_alerts: (change) => account(change, textOf(fieldsOf(change.value.alert_info).alert_type), alertSeverity),
  account_review_update: (change) => account(change, textOf(change.value.decision), reviewSeverity),
  business_capability_update: (change) => account(change, 'CAPABILITY', () => 'info'),
  phone_number_quality_update: (change) => number(change, textOf(change.value.event)),
  phone_number_name_update: (change) => number(change, name('NAME', change.value.decision)),
  business_username_update: (change) => number(change, name('USERNAME', change.value.status)),
  security: (change) => number(change, textOf(change.value.event)),
  user_preferences: (change) => each(change, 'user_preferences', preference),
  user_id_update: (change) => each(change, 'user_id_update', newUserId),
}

type Severity = 'info' | 'warn' | 'stop'

const name = (what: string, state: unknown) => `${what}_${textOf(state)?.toUpperCase() ?? 'CHANGED'}`

function event(change: Change, body: ChangeEvent['change'], part: unknown = change.value): ChangeEvent {
  return {type: 'change', dedupe: hashKey(change, part), ...placeOf(change), at: change.at, change: body}
}

/** Meta's own example of a quality update carries the name of a status update: the content tells them apart. */
function templateEvent(value: Fields): string | undefined {
  return value.new_quality_score === undefined ? textOf(value.event) : qualityEvent(value)
}

const qualityEvent = (value: Fields) => `QUALITY_${textOf(value.new_quality_score) ?? 'UNKNOWN'}`

function template(change: Change, what: string | undefined): ChannelEvent[] {
  const {value} = change
  const templateName = textOf(value.message_template_name)
  if (templateName === undefined || what === undefined) return [unknownEvent(change, change.field, change.raw)]
  const reason = textOf(fieldsOf(value.rejection_info).reason) ?? textOf(value.reason)
  return [
    event(change, {
      kind: 'template',
      name: templateName,
      language: textOf(value.message_template_language)?.replace('-', '_'),
      event: what,
      reason: reason === 'NONE' ? undefined : reason,
      data: value,
    }),
  ]
}

function account(change: Change, what: string | undefined, severity: (value: Fields) => Severity): ChannelEvent[] {
  if (what === undefined) return [unknownEvent(change, change.field, change.raw)]
  return [event(change, {kind: 'account', event: what, severity: severity(change.value), data: change.value})]
}

const stopping = new Set(['ACCOUNT_DELETED', 'ACCOUNT_OFFBOARDED', 'PARTNER_REMOVED', 'PARTNER_APP_UNINSTALLED'])
const warning = new Set(['ACCOUNT_RESTRICTION', 'ACCOUNT_VIOLATION'])
/** Restrictions under which answers to customers still go. */
const partial = new Set(['RESTRICTED_ADD_PHONE_NUMBER_ACTION', 'RESTRICTED_BIZ_INITIATED_MESSAGING'])

function severityOf(value: Fields): Severity {
  const what = textOf(value.event) ?? ''
  if (stopping.has(what)) return 'stop'
  if (what === 'DISABLED_UPDATE') {
    return /REINSTATE|ENABLE/.test(textOf(fieldsOf(value.ban_info).waba_ban_state) ?? '') ? 'info' : 'stop'
  }
  if (what === 'ACCOUNT_RESTRICTION') {
    const types = itemsOf(value.restriction_info).map((item) => textOf(fieldsOf(item).restriction_type) ?? '')
    return types.every((type) => partial.has(type)) ? 'warn' : 'stop'
  }
  return warning.has(what) ? 'warn' : 'info'
}

function alertSeverity(value: Fields): Severity {
  const severity = textOf(fieldsOf(value.alert_info).alert_severity)
  return severity === 'WARNING' || severity === 'CRITICAL' ? 'warn' : 'info'
}

const reviewSeverity = (value: Fields): Severity => (textOf(value.decision) === 'REJECTED' ? 'warn' : 'info')

function number(change: Change, what: string | undefined): ChannelEvent[] {
  if (what === undefined) return [unknownEvent(change, change.field, change.raw)]
  return [event(change, {kind: 'number', event: what, data: change.value})]
}

function each(change: Change, list: string, read: (item: Fields, change: Change) => ChangeEvent | undefined) {
  const items = itemsOf(change.value[list])
  if (items.length === 0) return [unknownEvent(change, change.field, change.raw)]
  return items.map((raw) => read(fieldsOf(raw), change) ?? unknownEvent(change, change.field, raw))
}

function preference(item: Fields, change: Change): ChangeEvent | undefined {
  const value = textOf(item.value)
  const from = identitiesOf({waId: item.wa_id, userId: item.user_id}, change.waba)
  if (value === undefined || from.length === 0 || item.category !== 'marketing_messages') return undefined
  if (value !== 'stop' && value !== 'resume' && value !== 'signup') return undefined
  const at = millisecondsOf(item.timestamp)
  return {...event(change, {kind: 'preference', from, marketing: value !== 'stop'}, item), at}
}

function newUserId(item: Fields, change: Change): ChangeEvent | undefined {
  const ids = fieldsOf(item.user_id)
  const current = textOf(ids.current)
  if (current === undefined) return undefined
  const previous = textOf(ids.previous)
  const from: Identity | undefined =
    previous === undefined ? undefined : {kind: 'bsuid', value: previous, scope: change.waba}
  const parent = fieldsOf(item.parent_user_id)
  const others = identitiesOf({waId: item.wa_id, userId: undefined, parentUserId: parent.current}, change.waba)
  const to: Identity = {kind: 'bsuid', value: current, scope: change.waba}
  return {...event(change, {kind: 'identity', from, to, others}, item), at: millisecondsOf(item.timestamp)}
}
