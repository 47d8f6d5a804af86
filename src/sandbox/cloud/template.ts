import {objectOf, textOf} from '../json.ts'

/** A message template as the management API lists it. */
export interface Template {
  id: string
  name: string
  language: string
  status: string
  category: string
  parameter_format: 'NAMED' | 'POSITIONAL'
  components: TemplateComponent[]
  quality_score?: {score: string}
  rejected_reason?: string
}

export interface TemplateComponent {
  type: string
  format?: string
  text?: string
  example?: unknown
  buttons?: TemplateButton[]
  [more: string]: unknown
}

export interface TemplateButton {
  type: string
  text?: string
  url?: string
  [more: string]: unknown
}

/** A template to begin with: what is left out is approved, a utility, in positional format. */
export type TemplateOptions = Pick<Template, 'name' | 'language' | 'components'> & Partial<Template>

export function createTemplate(options: TemplateOptions, id: string): Template {
  const components = options.components.map((component) => ({...component, type: component.type.toUpperCase()}))
  const named = components.some(({text}) => variablesOf(text).some((name) => !/^\d+$/.test(name)))
  return {
    ...options,
    id: options.id ?? id,
    status: options.status ?? 'APPROVED',
    category: options.category ?? 'UTILITY',
    parameter_format: options.parameter_format ?? (named ? 'NAMED' : 'POSITIONAL'),
    components,
    quality_score: options.quality_score ?? {score: 'UNKNOWN'},
  }
}

/** Names of the `{{variables}}` of a text, each once. */
export function variablesOf(text: string | undefined): string[] {
  return [...new Set([...(text ?? '').matchAll(/\{\{\s*([\w]+)\s*\}\}/g)].map((match) => match[1] ?? ''))]
}

export const partOf = (template: Template, type: string) => template.components.find((part) => part.type === type)

export const buttonsOf = (template: Template) => partOf(template, 'BUTTONS')?.buttons ?? []

/** The text with its variables filled. */
export const fill = (text: string, values: ReadonlyMap<string, string>) =>
  text.replace(/\{\{\s*([\w]+)\s*\}\}/g, (whole, name: string) => values.get(name) ?? whole)

const filters = ['name', 'status', 'category', 'language'] as const

/** Does a template pass the list's filters? Several values are separated by commas. */
export function passes(template: Template, query: URLSearchParams): boolean {
  const words = JSON.stringify(template.components).toLowerCase()
  const content = query.get('content')?.toLowerCase()
  const either = query.get('name_or_content')?.toLowerCase()
  const score = query.get('quality_score')
  if (content && !words.includes(content)) return false
  if (either && !words.includes(either) && !template.name.includes(either)) return false
  if (score && !score.split(',').includes(textOf(objectOf(template.quality_score).score))) return false
  return filters.every((key) => {
    const wanted = query.get(key)
    return !wanted || wanted.toLowerCase().split(',').includes(template[key].toLowerCase())
  })
}
