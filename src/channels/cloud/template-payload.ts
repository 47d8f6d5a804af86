import type {Template} from '../../base/message.ts'
import {headerPayload, type Json} from './media-payload.ts'

/** A template with its parameters; `components` is left out when there is nothing to fill in. */
export function templatePayload(template: Template): Json {
  const components: Json[] = []
  if (template.header) components.push({type: 'header', parameters: [headerPayload(template.header)]})
  const body = template.body === undefined ? [] : textParameters(template.body)
  if (body.length > 0) components.push({type: 'body', parameters: body})
  for (const {index, type, value} of template.buttons ?? []) {
    const parameters = buttonParameters(type, value)
    components.push({type: 'button', sub_type: type, index: String(index), parameters})
  }
  const {name, language} = template
  const payload: Json = {name, language: {code: language}}
  if (components.length > 0) payload.components = components
  return {type: 'template', template: payload}
}

function textParameters(parameters: NonNullable<Template['body']>): Json[] {
  if (Array.isArray(parameters)) return parameters.map((text) => ({type: 'text', text}))
  return Object.entries(parameters).map(([name, text]) => ({type: 'text', parameter_name: name, text}))
}

type ButtonType = NonNullable<Template['buttons']>[number]['type']

function buttonParameters(type: ButtonType, value: string): Json[] {
  switch (type) {
    case 'quick_reply':
      return [{type: 'payload', payload: value}]
    case 'url':
      return [{type: 'text', text: value}]
    case 'copy_code':
      return [{type: 'coupon_code', coupon_code: value}]
    case 'flow':
      return [{type: 'action', action: {flow_token: value}}]
    case 'catalog':
      return [{type: 'action', action: {thumbnail_product_retailer_id: value}}]
  }
}
