import {fold} from '../base/fold.ts'
import {leastLength} from '../base/text.ts'
import type {MessageData, OptionData} from './message-data.ts'
import {limits, MAX_BUTTONS, MAX_OPTIONS} from './message-limits.ts'
import type {Path, Report} from './problem.ts'

/** A text of a message that WhatsApp limits. */
export interface LimitedText {
  /** Inside `data`, as it may be written: an option is the title itself or has one. */
  path: Path
  text: string
  most: number
}

/** Every text of a message that has a limit, in the order of the file's usual writing. */
export function limitedTexts(data: MessageData): LimitedText[] {
  const found: LimitedText[] = []
  const add = (path: Path, text: string | undefined, limit: keyof typeof limits) => {
    if (text !== undefined) found.push({path, text, most: limits[limit]})
  }
  const interactive = data.buttons ?? data.list ?? data.cta_url
  const media = data.image ?? data.document ?? data.video
  add(['text'], data.text, interactive ? 'body' : media ? 'caption' : 'text')
  add(['footer'], data.footer, 'footer')
  if (data.header && 'text' in data.header) add(['header'], data.header.text, 'header')
  add(['cta_url', 'title'], data.cta_url?.title, 'ctaTitle')
  for (const key of ['image', 'document', 'video'] as const) add([key, 'caption'], data[key]?.caption, 'caption')
  const buttonTitle = (data.buttons?.length ?? 0) > MAX_BUTTONS ? 'rowTitle' : 'buttonTitle'
  add(['list', 'button'], data.list?.button, 'listButton')
  for (const [number, {title}] of (data.list?.sections ?? []).entries())
    add(['list', 'sections', number, 'title'], title, 'sectionTitle')
  for (const {path, option} of placedOptions(data)) {
    add(path, option.title, data.buttons ? buttonTitle : 'rowTitle')
    add([...path, 'description'], option.description, 'rowDescription')
  }
  return found
}

/** The options of a message with their places. */
function placedOptions({buttons, list}: MessageData): {path: Path; option: OptionData}[] {
  if (buttons) return buttons.map((option, index) => ({path: ['buttons', index], option}))
  return (list?.sections ?? []).flatMap(({rows}, number) =>
    rows.map((option, index) => ({path: ['list', 'sections', number, 'rows', index], option})),
  )
}

/** Tells what of a message is certainly too long or too much for WhatsApp. Text that is filled in counts as empty. */
export function checkMessage(data: MessageData, report: Report) {
  for (const {path, text, most} of limitedTexts(data)) {
    const length = leastLength(text)
    const message = `It has ${length} characters; WhatsApp takes ${most} here.`
    if (length > most) report(path, {rule: 'too-long', message})
  }
  checkOptions(data, report)
}

function checkOptions(data: MessageData, report: Report) {
  const options = placedOptions(data)
  if (options.length > MAX_OPTIONS)
    report([data.buttons ? 'buttons' : 'list'], {
      rule: 'too-many-options',
      message: `${options.length} options; WhatsApp shows ${MAX_OPTIONS} at most.`,
    })
  const seen = new Set<string>()
  for (const {path, option} of options) {
    const folded = fold(option.title)
    if (option.title.trim() === '') report(path, {rule: 'invalid-value', message: 'An option needs a title.'})
    else if (seen.has(folded))
      report(path, {
        rule: 'duplicate-option',
        message: `"${option.title}" stands here twice; answers could not be told apart.`,
      })
    seen.add(folded)
  }
}
