import type {Http} from '../../base/http.ts'
import {fieldsOf, itemsOf, textOf, type Fields} from '../../base/read.ts'
import type {Account, TemplateInfo} from '../channel.ts'
import {ChannelError} from '../errors.ts'
import {askGraph} from './graph.ts'

const FIELDS = 'name,language,status,category,components'
const PAGE = 100
/** An account can hold 6,000 templates; a server that pages for ever is stopped here. */
const MOST_PAGES = 100

/** All templates of the account, in all languages. */
export async function listTemplatesCloud(account: Account, http: Http): Promise<TemplateInfo[]> {
  if (account.businessAccountId === undefined) throw new ChannelError(noAccount)
  const templates: TemplateInfo[] = []
  let after: string | undefined
  for (let page = 0; page < MOST_PAGES; page++) {
    const cursor = after === undefined ? '' : `&after=${encodeURIComponent(after)}`
    const path = `${account.businessAccountId}/message_templates?fields=${FIELDS}&limit=${PAGE}${cursor}`
    const answer = await askGraph({method: 'GET', path}, account, http)
    for (const raw of itemsOf(answer.data)) {
      const template = templateOf(fieldsOf(raw))
      if (template) templates.push(template)
    }
    const paging = fieldsOf(answer.paging)
    after = textOf(fieldsOf(paging.cursors).after)
    if (paging.next === undefined || after === undefined) break
  }
  return templates
}

const noAccount = {
  code: 'no_account',
  class: 'fix_request',
  message: 'Templates belong to a WhatsApp business account, and this number has none set.',
  nextStep: 'Set it: pytake whatsapp edit NAME --business-account-id ID',
} as const

function templateOf(fields: Fields): TemplateInfo | undefined {
  const name = textOf(fields.name)
  const language = textOf(fields.language)
  if (name === undefined || language === undefined) return undefined
  const status = textOf(fields.status) ?? 'UNKNOWN'
  return {name, language, status, category: textOf(fields.category) ?? '', components: [...itemsOf(fields.components)]}
}
