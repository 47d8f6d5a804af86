import {messageOf} from '../base/errors.ts'
import type {Http} from '../base/http.ts'
import {didYouMean} from '../base/nearest.ts'
import {accountOf, type ConfigRow, listConfigs} from '../channels/accounts.ts'
import type {ApiType, TemplateInfo} from '../channels/channel.ts'
import {channels} from '../channels/registry.ts'
import type {WholeProblem} from '../deploy/whole.ts'
import type {FlowDefinition} from '../flow/shape.ts'
import type {TenantContext} from './operation.ts'

/** A deploy waits no longer than this for a provider, whatever it has to say. */
const PATIENCE_MS = 10_000

interface Wanted {
  flow: string
  node: string
  name: string
  language: string
}

type Listed = {config: ConfigRow; templates: readonly TemplateInfo[]} | {config: ConfigRow; unknown: string}

/**
 * Asks the providers for the message templates that flows send. Answers those that a number of the flow does not have, which
 * would fail at the first customer who gets there; and, as sentences, what speaks against a template that is there, and what
 * could not be looked up. For releases that were live before, all of it is only told.
 */
export async function checkMessageTemplates(
  context: Pick<TenantContext, 'tenant' | 'stores' | 'http'>,
  flows: readonly FlowDefinition[],
  isOld: (flow: string) => boolean = () => false,
): Promise<{notes: string[]; missing: WholeProblem[]}> {
  const wanted = flows.flatMap(templatesOf)
  if (wanted.length === 0) return {notes: [], missing: []}
  const configs = (await listConfigs(context.tenant)).filter(
    (config) => config.is_active && channels[config.api_type as ApiType].capabilities.templates,
  )
  const used = configs.filter((config) =>
    flows.some((flow) => wanted.some((one) => one.flow === flow.flow) && answersOn(flow, config)),
  )
  const listed = await Promise.all(used.map((config) => listOf(context, config)))
  const notes = listed.flatMap((one) =>
    'unknown' in one ? [`Templates of ${one.config.name} could not be checked: ${one.unknown}`] : [],
  )
  const problems: WholeProblem[] = []
  for (const flow of flows) {
    const here = listed.filter((one) => answersOn(flow, one.config))
    for (const one of wanted.filter((template) => template.flow === flow.flow)) {
      const {missing, note} = judge(one, here, flow.trigger.type === 'none')
      if (note !== undefined) notes.push(`${flow.flow}.${one.node}: ${note}`)
      if (missing === undefined) continue
      if (isOld(flow.flow)) notes.push(`${flow.flow}.${one.node}: ${missing}`)
      else problems.push(missingTemplate(one, missing))
    }
  }
  return {notes: [...new Set(notes)], missing: problems}
}

function templatesOf({flow, nodes}: FlowDefinition): Wanted[] {
  return nodes.flatMap(({id, type, data}) => {
    if (type !== 'message') return []
    const {template, fallback} = data as {
      template?: {name: string; language: string}
      fallback?: {template: string; language: string}
    }
    const both = [template, fallback && {name: fallback.template, language: fallback.language}]
    return both.flatMap((one) => (one ? [{flow, node: id, name: one.name, language: one.language}] : []))
  })
}

function answersOn({trigger}: FlowDefinition, {id, name, phone_number: phone}: ConfigRow): boolean {
  if (trigger.type === 'none' || trigger.numbers === undefined) return true
  return trigger.numbers.some((number) => number === id || number === name || number === phone)
}

async function listOf(context: Pick<TenantContext, 'stores' | 'http'>, config: ConfigRow): Promise<Listed> {
  try {
    const channel = channels[config.api_type as ApiType]
    return {config, templates: await channel.listTemplates(accountOf(context, config), hurried(context.http))}
  } catch (error) {
    return {config, unknown: messageOf(error)}
  }
}

const hurried = (http: Http): Http => ({
  ...http,
  request: (request) => http.request({...request, timeoutMs: Math.min(request.timeoutMs, PATIENCE_MS)}),
})

/** A flow that others jump to runs on their numbers, whichever they are: for it one number that has the template is enough. */
function judge(wanted: Wanted, listed: readonly Listed[], oneIsEnough: boolean): {missing?: string; note?: string} {
  const asked = listed.flatMap((one) => ('unknown' in one ? [] : [one]))
  const found = asked.map(({config, templates}) => ({
    config,
    templates,
    template: templates.find((one) => isIt(one, wanted)),
  }))
  const lacking = found.filter(({template}) => template === undefined)
  const [first] = lacking
  if (first && !(oneIsEnough && (lacking.length < found.length || asked.length < listed.length)))
    return {missing: missingSentence(wanted, first.config.name, first.templates)}
  const stopped = found.find(({template}) => template !== undefined && template.status !== 'APPROVED')
  if (!stopped) return {}
  return {
    note: `The template ${spelt(wanted)} is ${stopped.template?.status} on ${stopped.config.name}: WhatsApp sends only approved ones.`,
  }
}

const isIt = (template: TemplateInfo, {name, language}: Wanted) =>
  template.name === name && template.language === language

const spelt = ({name, language}: Pick<Wanted, 'name' | 'language'>) => `"${name}" (${language})`

function missingSentence(wanted: Wanted, number: string, templates: readonly TemplateInfo[]): string {
  const languages = templates.filter(({name}) => name === wanted.name).map(({language}) => language)
  if (languages.length > 0)
    return `The template "${wanted.name}" is there in ${languages.join(', ')} on ${number}, not in ${wanted.language}.`
  const hint = didYouMean(wanted.name, new Set(templates.map(({name}) => name)))
  return [`The template ${spelt(wanted)} is not there on ${number}.`, hint].filter(Boolean).join(' ')
}

const missingTemplate = ({flow, node}: Wanted, message: string): WholeProblem => ({
  ...{flow, node, message, rule: 'missing-template'},
  step: 'Create it in the WhatsApp Manager, or correct its name and language.',
})
