import {fold} from '../base/fold.ts'
import type {MessageData, OptionData} from './message-data.ts'
import {lengthOf, limits, MAX_BUTTONS, MAX_OPTIONS} from './message-limits.ts'
import type {Path, Report} from './problem.ts'

const filledIn = /\{\{[\s\S]*?\}\}|\{%[\s\S]*?%\}/g

/** Tells what of a message is certainly too long or too much for WhatsApp. Text that is filled in counts as empty. */
export function checkMessage(data: MessageData, report: Report) {
  const within = (path: Path, text: string | undefined, limit: keyof typeof limits) => {
    const length = text === undefined ? 0 : lengthOf(text.replace(filledIn, ''))
    const message = `It has ${length} characters; WhatsApp takes ${limits[limit]} here.`
    if (length > limits[limit]) report(path, {rule: 'too-long', message})
  }
  const interactive = data.buttons ?? data.list ?? data.cta_url
  const media = data.image ?? data.document ?? data.video
  within(['text'], data.text, interactive ? 'body' : media ? 'caption' : 'text')
  within(['footer'], data.footer, 'footer')
  if (data.header && 'text' in data.header) within(['header'], data.header.text, 'header')
  within(['cta_url', 'title'], data.cta_url?.title, 'ctaTitle')
  for (const key of ['image', 'document', 'video'] as const) within([key, 'caption'], data[key]?.caption, 'caption')
  if (data.buttons) checkButtons(data.buttons, within, report)
  if (data.list) checkList(data.list, within, report)
}

type Within = (path: Path, text: string | undefined, limit: keyof typeof limits) => void

function checkButtons(buttons: OptionData[], within: Within, report: Report) {
  const title = buttons.length > MAX_BUTTONS ? 'rowTitle' : 'buttonTitle'
  for (const [index, button] of buttons.entries()) {
    within(['buttons', index], button.title, title)
    within(['buttons', index, 'description'], button.description, 'rowDescription')
  }
  checkOptions(buttons, ['buttons'], (index) => ['buttons', index], report)
}

function checkList(list: NonNullable<MessageData['list']>, within: Within, report: Report) {
  within(['list', 'button'], list.button, 'listButton')
  const paths: Path[] = []
  for (const [number, section] of list.sections.entries()) {
    within(['list', 'sections', number, 'title'], section.title, 'sectionTitle')
    for (const [index, row] of section.rows.entries()) {
      const path = ['list', 'sections', number, 'rows', index]
      paths.push(path)
      within(path, row.title, 'rowTitle')
      within([...path, 'description'], row.description, 'rowDescription')
    }
  }
  const rows = list.sections.flatMap((section) => section.rows)
  checkOptions(rows, ['list'], (index) => paths[index] ?? ['list'], report)
}

function checkOptions(options: OptionData[], whole: Path, pathOf: (index: number) => Path, report: Report) {
  if (options.length > MAX_OPTIONS)
    report(whole, {
      rule: 'too-many-options',
      message: `${options.length} options; WhatsApp shows ${MAX_OPTIONS} at most.`,
    })
  const seen = new Set<string>()
  for (const [index, {title}] of options.entries()) {
    const folded = fold(title)
    if (title.trim() === '') report(pathOf(index), {rule: 'invalid-value', message: 'An option needs a title.'})
    else if (seen.has(folded))
      report(pathOf(index), {
        rule: 'duplicate-option',
        message: `"${title}" stands here twice; answers could not be told apart.`,
      })
    seen.add(folded)
  }
}
