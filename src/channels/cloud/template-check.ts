import {lengthOf, messageLimits as limits, type Template} from '../../base/message.ts'
import {checkSource, within, withinText, type Report} from './limit.ts'

/** What can be known to be wrong with a template message without the template itself. */
export function checkTemplate(template: Template, report: Report) {
  within(report, 'name', template.name, limits.templateName)
  if (!/^[a-z0-9_]+$/.test(template.name)) report('name', 'Only lower-case letters, digits and _ are allowed.')
  const {header} = template
  if (header && 'text' in header) checkParameter(header.text, 'header.text', limits.templateHeader, report)
  else if (header) checkSource(header.kind, header.media, 'header.media', report)
  let total = 0
  for (const [key, text] of Object.entries(template.body ?? {})) {
    const field = Array.isArray(template.body) ? `body[${key}]` : `body.${key}`
    checkParameter(text, field, limits.templateText, report)
    total += lengthOf(text)
  }
  if (total > limits.templateText) {
    report('body', `The parameters have ${total} characters; WhatsApp takes at most ${limits.templateText}.`)
  }
  checkButtons(template.buttons ?? [], report)
}

function checkParameter(text: string, field: string, most: number, report: Report) {
  withinText(report, field, text, most)
  if (/[\n\r\t]/.test(text)) report(field, 'A parameter must not hold line breaks or tabs.')
  if (/ {5}/.test(text)) report(field, 'A parameter must not hold more than 4 spaces in a row.')
}

function checkButtons(buttons: NonNullable<Template['buttons']>, report: Report) {
  const most = {
    quick_reply: limits.buttonPayload,
    url: limits.url,
    copy_code: limits.copyCode,
    flow: limits.buttonPayload,
    catalog: limits.buttonPayload,
  }
  const seen = new Set<number>()
  for (const [number, {index, type, value}] of buttons.entries()) {
    withinText(report, `buttons[${number}].value`, value, most[type])
    if (seen.has(index)) report(`buttons[${number}].index`, `Button ${index} is there twice.`)
    seen.add(index)
  }
}
