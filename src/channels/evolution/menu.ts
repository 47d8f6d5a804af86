import type {Content, Option} from '../../base/message.ts'

type Menu = Extract<Content, {kind: 'buttons' | 'list' | 'cta_url'}>

/**
 * A menu as text with numbers, because Evolution's own buttons and lists mostly never reach the phone. The numbers
 * count through all sections: a typed number is understood as the option.
 */
export function menuText(menu: Menu): string {
  const header = menu.header && 'text' in menu.header ? menu.header.text : undefined
  return [header, menu.text, choices(menu), menu.footer].filter(Boolean).join('\n\n')
}

function choices(menu: Menu): string {
  if (menu.kind === 'cta_url') return `${menu.display_text}: ${menu.url}`
  if (menu.kind === 'buttons') return lines(menu.buttons, 1)
  let next = 1
  const sections = menu.sections.map(({title, rows}) => {
    const text = lines(rows, next)
    next += rows.length
    return title ? `*${title}*\n${text}` : text
  })
  return sections.join('\n\n')
}

const lines = (options: readonly Option[], first: number) =>
  options
    .map(({title, description}, index) => `${first + index}. ${title}${description ? ` - ${description}` : ''}`)
    .join('\n')
