import {type Answer, json, type SandboxRequest} from '../exchange.ts'
import {type Json, textOf} from '../json.ts'
import type {World} from '../world.ts'
import type {Cloud, CloudNumber, Waba} from './account.ts'
import {GraphError} from './error.ts'
import {bodyOf, pageOf, pick} from './graph.ts'
import {numberFields} from './number-routes.ts'
import {invalidParameter, needList, needText} from './shape.ts'
import {createTemplate, passes, type Template, type TemplateComponent} from './template.ts'

const templateFields = ['name', 'parameter_format', 'components', 'language', 'status', 'category', 'id']
const numberListFields = ['verified_name', 'code_verification_status', 'display_phone_number', 'quality_rating', 'id']

/** `GET /WABA/phone_numbers`. */
export function listNumbers(numbers: readonly CloudNumber[], request: SandboxRequest, base: string): Answer {
  const fields = request.query.get('fields')
  const rows = numbers.map((number) =>
    pick('WhatsAppBusinessPhoneNumber', numberFields(number), fields, numberListFields),
  )
  return json(200, pageOf(rows, request, base))
}

/** `GET /WABA/message_templates`. */
export function listTemplates(waba: Waba, request: SandboxRequest, base: string): Answer {
  const fields = request.query.get('fields')
  const rows = waba.templates
    .filter((template) => passes(template, request.query))
    .map((template) => rowOf(template, fields))
  return json(200, pageOf(rows, request, base))
}

/** A template with the chosen fields. */
export function rowOf(template: Template, fields: string | null): Json {
  return pick(
    'WhatsAppMessageTemplate',
    {rejected_reason: 'NONE', quality_score: undefined, ...template},
    fields,
    templateFields,
  )
}

/** `POST /WABA/message_templates`: pending, then approved by a webhook. */
export function createTemplateOf(
  world: World,
  cloud: Cloud,
  numbers: readonly CloudNumber[],
  request: SandboxRequest,
): Answer {
  const [number] = numbers
  if (!number) throw new GraphError(100)
  const body = bodyOf(request)
  const name = needText(body, 'name', '', {max: 512})
  if (!/^[a-z0-9_]+$/.test(name)) throw invalidParameter('Param name takes lower-case letters, digits and underscores.')
  const category = needText(body, 'category', '', {max: 20}).toUpperCase()
  if (!['MARKETING', 'UTILITY', 'AUTHENTICATION'].includes(category)) {
    throw invalidParameter(`Param category must be one of {MARKETING, UTILITY, AUTHENTICATION} - got "${category}".`)
  }
  const language = needText(body, 'language', '', {max: 10})
  const components = needList(body, 'components', '', {max: 10}) as TemplateComponent[]
  if (number.waba.templates.some((one) => one.name === name && one.language === language)) {
    throw new GraphError(100, `There is already ${language} content for this template.`)
  }
  const parameterFormat = textOf(body.parameter_format).toUpperCase() === 'NAMED' ? 'NAMED' : 'POSITIONAL'
  const id = String(Math.floor(1e15 + world.random.number() * 1e14))
  const template = createTemplate(
    {name, language, category, components, status: 'PENDING', parameter_format: parameterFormat},
    id,
  )
  number.waba.templates.push(template)
  world.timeline.after(2 * world.settings.statusDelayMs, () => setTemplateStatus(cloud, number, template, 'APPROVED'))
  return json(200, {id, status: template.status, category})
}

/** `DELETE /WABA/message_templates?name=`, one language with `hsm_id`. */
export function deleteTemplates(waba: Waba, request: SandboxRequest): Answer {
  const name = request.query.get('name')
  const id = request.query.get('hsm_id')
  if (!name) throw new GraphError(100, undefined, {sentence: '(#100) The parameter name is required.'})
  const left = waba.templates.filter((template) => template.name !== name || (id !== null && template.id !== id))
  if (left.length === waba.templates.length) throw invalidParameter(`Message template "${name}" was not found.`)
  waba.templates = left
  return json(200, {success: true})
}

/** Changes a template's status and tells it by webhook. */
export function setTemplateStatus(cloud: Cloud, number: CloudNumber, template: Template, status: string): void {
  template.status = status
  const item: Json = {
    event: status,
    message_template_id: Number(template.id),
    message_template_name: template.name,
    message_template_language: template.language,
    reason: 'NONE',
    message_template_category: template.category,
  }
  if (status === 'PAUSED') {
    item.other_info = {title: 'FIRST_PAUSE', description: 'Your WhatsApp message template has been paused.'}
  }
  cloud
    .webhookOf(number)
    .put({kind: 'account', key: number.wabaId, number, field: 'message_template_status_update', item})
}

/** `GET`, `POST` and `DELETE /WABA/subscribed_apps`; an override is verified with the GET handshake first. */
export async function subscribedApps(world: World, waba: Waba, request: SandboxRequest): Promise<Answer> {
  if (request.method === 'GET') {
    const app = {whatsapp_business_api_data: {id: '100000000000009', link: 'https://example.com/', name: 'Sandbox'}}
    const override = waba.override === undefined ? {} : {override_callback_uri: waba.override}
    return json(200, {data: waba.subscribed ? [{...app, ...override}] : []})
  }
  if (request.method === 'DELETE') {
    waba.subscribed = false
    return json(200, {success: true})
  }
  const body = bodyOf(request)
  const override =
    body.override_callback_uri === undefined ? undefined : needText(body, 'override_callback_uri', '', {max: 200})
  if (override !== undefined) {
    const {ok, status} = await handshake(world, override, needText(body, 'verify_token', '', {max: 1000}))
    if (!ok)
      throw new GraphError(2200, undefined, {sentence: `(#2200) Callback verification failed: HTTP status ${status}`})
  }
  waba.override = override
  waba.subscribed = true
  return json(200, {success: true})
}

/** What Meta does when a callback is set: a GET that must give the challenge back, as plain text. */
export async function handshake(
  world: World,
  url: string,
  verifyToken: string,
): Promise<{ok: boolean; status: number; body: string}> {
  const challenge = String(Math.floor(1e9 + world.random.number() * 1e9))
  const target = new URL(url)
  target.searchParams.set('hub.mode', 'subscribe')
  target.searchParams.set('hub.challenge', challenge)
  target.searchParams.set('hub.verify_token', verifyToken)
  const answer = await world.postman.get(target.href)
  return {...answer, ok: answer.status === 200 && answer.body === challenge}
}
