import type {ReceivedOption} from '../customer.ts'
import {isObject, type Json, textOf} from '../json.ts'
import type {CheckContext, Draft, DraftContent} from './draft.ts'
import {GraphError} from './error.ts'
import {checkMedia} from './media-object.ts'
import {invalidParameter, missing, needList, needObject, needText, onlyKeys} from './shape.ts'
import {buttonsOf, fill, partOf, type Template, type TemplateButton, variablesOf} from './template.ts'

const BODY_MAX = 1024
const PAYLOAD_MAX = 256
const COUPON_MAX = 15
const CODE_MAX = 15

interface Component {
  type: string
  subType: string
  index: number
  parameters: Json[]
}

/** Checks a template message against the template it names. */
export function checkTemplateMessage(body: Json, context: CheckContext): DraftContent {
  const message = needObject(body, 'template', '')
  onlyKeys(message, 'template', new Set(['name', 'language', 'components', 'namespace']))
  const name = needText(message, 'name', 'template', {max: 512})
  const language = needObject(message, 'language', 'template')
  const code = needText(language, 'code', "template['language']", {max: 10})
  const template = sendable(context.templates, name, code)
  const components = componentsOf(message)
  if (template.category === 'AUTHENTICATION' && body.to === undefined) throw new GraphError(131062)
  const laterFailure = checkHeader(template, components, context)
  const text = checkBody(template, components)
  return {text, options: checkButtons(template, components), template, laterFailure}
}

function sendable(templates: readonly Template[], name: string, language: string): Template {
  const template = templates.find((one) => one.name === name && one.language === language)
  const details = `template name (${name}) does not exist in ${language}`
  if (!template) throw new GraphError(132001, details)
  if (template.status === 'PAUSED') throw new GraphError(132015)
  if (template.status === 'DISABLED') throw new GraphError(132016)
  if (template.status !== 'APPROVED') throw new GraphError(132001, `${details}: it is ${template.status}`)
  return template
}

function componentsOf(message: Json): Component[] {
  if (message.components === undefined) return []
  return needList(message, 'components', 'template', {min: 0, max: 20}).map((component, at) => {
    const path = `template['components'][${at}]`
    if (!isObject(component)) throw invalidParameter(`Param ${path} must be a JSON object.`)
    onlyKeys(component, path, new Set(['type', 'sub_type', 'index', 'parameters', 'cards']))
    const type = needText(component, 'type', path, {max: 30}).toLowerCase()
    if (!['header', 'body', 'button', 'carousel', 'limited_time_offer'].includes(type)) {
      throw invalidParameter(
        `Param ${path}['type'] must be one of {HEADER, BODY, BUTTON, CAROUSEL, LIMITED_TIME_OFFER}.`,
      )
    }
    const parameters =
      component.parameters === undefined ? [] : needList(component, 'parameters', path, {min: 0, max: 100})
    return {
      type,
      subType: textOf(component.sub_type).toLowerCase(),
      index: Number(textOf(component.index) || Number.NaN),
      parameters: parameters.map((parameter) => {
        if (!isObject(parameter)) throw invalidParameter(`Param ${path}['parameters'] must hold JSON objects.`)
        return parameter
      }),
    }
  })
}

function checkHeader(
  template: Template,
  components: readonly Component[],
  context: CheckContext,
): Draft['laterFailure'] {
  const header = partOf(template, 'HEADER')
  const given = components.find((component) => component.type === 'header')?.parameters ?? []
  const format = header?.format?.toUpperCase() ?? 'TEXT'
  if (!header || format === 'TEXT') {
    valuesOf(template, 'header', variablesOf(header?.text), given)
    return undefined
  }
  const [parameter, ...more] = given
  if (!parameter || more.length > 0) throw countMismatch('header', given.length, 1)
  const kind = format.toLowerCase()
  if (textOf(parameter.type) !== kind) throw formatMismatch('header', format, textOf(parameter.type))
  if (kind !== 'image' && kind !== 'video' && kind !== 'document') return undefined
  return checkMedia(needObject(parameter, kind, 'header'), kind, `header['${kind}']`, context)
}

function checkBody(template: Template, components: readonly Component[]): string {
  const text = partOf(template, 'BODY')?.text ?? ''
  const given = components.find((component) => component.type === 'body')?.parameters ?? []
  const wanted = template.category === 'AUTHENTICATION' && text === '' ? ['1'] : variablesOf(text)
  const values = valuesOf(template, 'body', wanted, given)
  if (template.category === 'AUTHENTICATION' && (values.get('1')?.length ?? 0) > CODE_MAX) {
    throw new GraphError(132005, `The code must have at most ${CODE_MAX} characters.`)
  }
  const filled = fill(text, values)
  if (filled.length > BODY_MAX)
    throw new GraphError(132005, `body: filled text is ${filled.length} characters, at most ${BODY_MAX}.`)
  return filled || [...values.values()].join(' ')
}

/** The value of each variable; refuses a count, a kind, a name or a text that does not fit. */
function valuesOf(
  template: Template,
  at: string,
  wanted: readonly string[],
  given: readonly Json[],
): Map<string, string> {
  if (given.length !== wanted.length) throw countMismatch(at, given.length, wanted.length)
  const values = new Map<string, string>()
  given.forEach((parameter, index) => {
    const name = template.parameter_format === 'NAMED' ? textOf(parameter.parameter_name) : (wanted[index] ?? '')
    if (name === '') throw invalidParameter(`${at}: Parameter name is missing or empty`)
    if (!wanted.includes(name)) throw new GraphError(132000, `${at}: there is no parameter named "${name}"`)
    values.set(name, valueOf(parameter, at))
  })
  if (values.size !== wanted.length) throw countMismatch(at, values.size, wanted.length)
  return values
}

function valueOf(parameter: Json, at: string): string {
  const type = needText(parameter, 'type', at, {max: 30})
  if (type === 'currency' || type === 'date_time') {
    return needText(needObject(parameter, type, at), 'fallback_value', at, {max: BODY_MAX})
  }
  if (type !== 'text') throw formatMismatch(at, 'TEXT', type)
  const text = needText(parameter, 'text', at, {max: 32_768, min: 0})
  if (text === '') throw missing(`${at}: text of a parameter`)
  if (/[\n\t]| {5}/.test(text)) {
    throw new GraphError(132018, 'Param text cannot have new-line/tab characters or more than 4 consecutive spaces')
  }
  return text
}

function checkButtons(template: Template, components: readonly Component[]): ReceivedOption[] {
  const buttons = buttonsOf(template)
  const given = components.filter((component) => component.type === 'button')
  for (const component of given) {
    if (!buttons[component.index]) {
      throw new GraphError(132012, `buttons: there is no button at index ${component.index} in the template.`)
    }
  }
  return buttons.flatMap((button, index): ReceivedOption[] => {
    const payload = checkButton(
      button,
      index,
      given.find((component) => component.index === index),
    )
    const title = button.text ?? ''
    return button.type.toUpperCase() === 'QUICK_REPLY' ? [{kind: 'quick_reply', id: payload ?? title, title}] : []
  })
}

/** Sub type a button's component must have, where the parameter's text is, and its longest. */
const buttonRules: Record<string, {subType: string; key: string; max: number}> = {
  QUICK_REPLY: {subType: 'quick_reply', key: 'payload', max: PAYLOAD_MAX},
  URL: {subType: 'url', key: 'text', max: 2000},
  OTP: {subType: 'url', key: 'text', max: CODE_MAX},
  COPY_CODE: {subType: 'copy_code', key: 'coupon_code', max: COUPON_MAX},
}

function checkButton(button: TemplateButton, index: number, given: Component | undefined): string | undefined {
  const type = button.type.toUpperCase()
  const variable = type === 'OTP' || type === 'COPY_CODE' || (type === 'URL' && variablesOf(button.url).length > 0)
  if (!given) {
    if (variable)
      throw new GraphError(131008, `buttons: Button at index ${index} of type ${button.type} requires a parameter`)
    return undefined
  }
  const rule = buttonRules[type]
  if (!rule) return undefined
  if (given.subType !== rule.subType) throw formatMismatch(`buttons[${index}]`, rule.subType, given.subType)
  if (type === 'URL' && !variable) throw countMismatch(`buttons[${index}]`, given.parameters.length, 0)
  const [parameter, ...more] = given.parameters
  if (!parameter || more.length > 0) throw countMismatch(`buttons[${index}]`, given.parameters.length, 1)
  return needText(parameter, rule.key, `buttons[${index}]`, {max: rule.max})
}

const countMismatch = (at: string, given: number, wanted: number) =>
  new GraphError(
    132000,
    `${at}: number of localizable_params (${given}) does not match the expected number of params (${wanted})`,
  )

const formatMismatch = (at: string, wanted: string, given: string) =>
  new GraphError(
    132012,
    `${at}: Format mismatch, expected ${wanted.toUpperCase()}, received ${given.toUpperCase() || 'UNKNOWN'}`,
  )
