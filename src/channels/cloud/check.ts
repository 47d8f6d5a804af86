import {messageLimits as limits, type Content, type Header, type MediaKind, type Option} from '../../base/message.ts'
import type {ContentProblem} from '../channel.ts'
import {checkSource, within, withinText, type Report} from './limit.ts'
import {checkTemplate} from './template-check.ts'

/** Everything of a message that Meta would refuse and that can be known here, with the field and the limit. */
export function checkCloud(content: Content): ContentProblem[] {
  const problems: ContentProblem[] = []
  check(content, (field, message) => problems.push({field, message}))
  return problems
}

function check(content: Content, report: Report) {
  switch (content.kind) {
    case 'text':
      return withinText(report, 'text', content.text, limits.text)
    case 'location':
      return
    case 'contacts':
      return checkContacts(content.contacts, report)
    case 'reaction':
      return checkEmoji(content.emoji, report)
    case 'template':
      return checkTemplate(content, report)
    case 'buttons':
      checkFrame(content, limits.interactiveBody, report)
      return checkButtons(content.buttons, report)
    case 'list':
      return checkList(content, report)
    case 'cta_url':
      checkFrame(content, limits.interactiveBody, report)
      withinText(report, 'display_text', content.display_text, limits.ctaTitle)
      return within(report, 'url', content.url, limits.url)
    default:
      return checkMedia(content, report)
  }
}

function checkEmoji(emoji: string, report: Report) {
  const graphemes = [...new Intl.Segmenter().segment(emoji)].length
  if (graphemes > 1) report('emoji', 'A reaction is one emoji, or empty to take it back.')
}

function checkContacts(contacts: Extract<Content, {kind: 'contacts'}>['contacts'], report: Report) {
  const count = contacts.length
  if (count > limits.contacts)
    report('contacts', `There are ${count} contacts; WhatsApp takes at most ${limits.contacts}.`)
  const parts = ['first_name', 'last_name', 'middle_name', 'prefix', 'suffix']
  for (const [index, contact] of contacts.entries()) {
    if (parts.every((part) => typeof contact.name[part] !== 'string' || contact.name[part] === '')) {
      report(`contacts[${index}].name`, 'Beside formatted_name it needs first_name, last_name or another part.')
    }
  }
}

interface Framed {
  text: string
  header?: Header
  footer?: string
}

function checkFrame({text, header, footer}: Framed, mostText: number, report: Report) {
  withinText(report, 'text', text, mostText)
  within(report, 'footer', footer, limits.footer)
  if (!header) return
  if ('text' in header) withinText(report, 'header.text', header.text, limits.header)
  else checkSource(header.kind, header.media, 'header.media', report)
}

function checkButtons(buttons: readonly Option[], report: Report) {
  if (buttons.length > limits.buttons) {
    report('buttons', `There are ${buttons.length} buttons; WhatsApp takes at most ${limits.buttons}. Use a list.`)
  }
  for (const [index, {id, title, description}] of buttons.entries()) {
    withinText(report, `buttons[${index}].title`, title, limits.buttonTitle)
    within(report, `buttons[${index}].id`, id, limits.buttonId)
    if (description) report(`buttons[${index}].description`, 'Only rows of a list have a description.')
  }
  unique(buttons, 'title', (index) => `buttons[${index}].title`, report)
  unique(buttons, 'id', (index) => `buttons[${index}].id`, report)
}

function checkList(list: Extract<Content, {kind: 'list'}>, report: Report) {
  checkFrame(list, limits.listBody, report)
  if (list.header && !('text' in list.header)) report('header', 'A list has a text header only.')
  withinText(report, 'button', list.button, limits.listButton)
  const {sections} = list
  if (sections.length > limits.sections) {
    report('sections', `There are ${sections.length} sections; WhatsApp takes at most ${limits.sections}.`)
  }
  const paths: string[] = []
  for (const [number, section] of sections.entries()) {
    const title = section.title ?? ''
    within(report, `sections[${number}].title`, title, limits.sectionTitle)
    if (sections.length > 1 && title.trim() === '') report(`sections[${number}].title`, 'Several sections need titles.')
    for (const [index, row] of section.rows.entries()) {
      const path = `sections[${number}].rows[${index}]`
      paths.push(`${path}.id`)
      withinText(report, `${path}.title`, row.title, limits.rowTitle)
      within(report, `${path}.id`, row.id, limits.rowId)
      within(report, `${path}.description`, row.description, limits.rowDescription)
    }
  }
  if (paths.length > limits.rows)
    report('sections', `There are ${paths.length} rows; WhatsApp takes at most ${limits.rows}.`)
  const rows = sections.flatMap((section) => section.rows)
  unique(rows, 'id', (index) => paths[index] ?? 'sections', report)
}

function unique(options: readonly Option[], key: 'id' | 'title', path: (index: number) => string, report: Report) {
  const seen = new Set<string>()
  for (const [index, option] of options.entries()) {
    if (seen.has(option[key])) report(path(index), `"${option[key]}" is there twice; each ${key} must be different.`)
    seen.add(option[key])
  }
}

function checkMedia(content: Extract<Content, {kind: MediaKind}>, report: Report) {
  const {kind, caption, voice, filename} = content
  checkSource(kind, content.media, 'media', report)
  within(report, 'caption', caption, limits.caption)
  if (caption && (kind === 'audio' || kind === 'sticker'))
    report('caption', `A message of kind ${kind} has no caption.`)
  if (filename && kind !== 'document') report('filename', 'Only a document has a file name.')
  if (voice && kind !== 'audio') report('voice', 'Only audio can be a voice note.')
}
