import type {NodeDefinition, NodeTypeName} from '../shape.ts'

const LONGEST = 60

/** What a node does, in short lines: what it says and offers, what it waits for, whom it calls. */
export const linesOf = ({type, data}: NodeDefinition): string[] =>
  lines[type](data as never).flatMap((line) => (line.trim() === '' ? [] : [shortened(line)]))

interface Said {
  text?: string
  buttons?: {title: string}[]
  list?: {sections: {rows: {title: string}[]}[]}
  cta_url?: {title: string}
  template?: {name: string}
  [kind: string]: unknown
}

interface Waits {
  expect?: string
  save_as?: string
  timeout?: string
}

const lines: {[type in NodeTypeName]: (data: never) => string[]} = {
  start: () => [],
  message: said,
  wait: ({expect = 'text', save_as: name, timeout}: Waits) => [
    `${expect}${name === undefined ? '' : ` → ${name}`}${timeout === undefined ? '' : `, ${timeout}`}`,
  ],
  condition: ({expression = ''}: {expression?: string}) => [expression],
  api_call: ({method = 'GET', url}: {method?: string; url: string}) => [`${method} ${url}`],
  erp: ({operation, connection, save_as: name}: {operation: string; connection?: string; save_as?: string}) => [
    `${operation}${connection === undefined ? '' : ` · ${connection}`}${name === undefined ? '' : ` → ${name}`}`,
  ],
  set_variable: ({set = {}, add_tags: add = [], remove_tags: remove = []}: Sets) => [
    Object.keys(set).join(', '),
    [...add.map((tag) => `+${tag}`), ...remove.map((tag) => `-${tag}`)].join(' '),
  ],
  end: ({outcome = ''}: {outcome?: string}) => [outcome],
  transfer: ({queue, user}: {queue?: string; user?: string}) => [user ?? queue ?? ''],
  jump: ({flow, return: comesBack = false}: {flow: string; return?: boolean}) => [`${comesBack ? '⇄' : '→'} ${flow}`],
}

interface Sets {
  set?: Record<string, unknown>
  add_tags?: string[]
  remove_tags?: string[]
}

function said(data: Said): string[] {
  const {text = '', buttons = [], list, cta_url: link, template} = data
  const options = [...buttons, ...(list?.sections.flatMap(({rows}) => rows) ?? []), ...(link ? [link] : [])]
  const kind = Object.keys(data).find(
    (key) => !['text', 'buttons', 'list', 'cta_url', 'header', 'footer'].includes(key),
  )
  return [
    template ? `template ${template.name}` : text,
    ...(text === '' && kind !== undefined && !template ? [`(${kind})`] : []),
    options.map(({title}) => `[${title}]`).join(' '),
  ]
}

/** In one line, without what Liquid says to itself. */
function shortened(text: string): string {
  const plain = text
    .replace(/\{%.*?%\}/gs, ' ')
    .replace(/\s+/g, ' ')
    .trim()
  return [...plain].length > LONGEST ? `${[...plain].slice(0, LONGEST - 1).join('')}…` : plain
}
