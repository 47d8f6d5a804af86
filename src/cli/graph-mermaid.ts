import {visible} from './escape.ts'
import {labelOf, peopleAt, type DrawnNode, type Picture} from './graph-picture.ts'

/** Brackets that give a node its shape. */
const shapes: Readonly<Record<string, [string, string]>> = {
  start: ['([', '])'],
  end: ['([', '])'],
  wait: ['[/', '/]'],
  condition: ['{{', '}}'],
  api_call: ['[[', ']]'],
  erp: ['[[', ']]'],
  jump: ['[[', ']]'],
}
const box: [string, string] = ['[', ']']

const entities: Readonly<Record<string, string>> = {
  '"': '#quot;',
  '#': '#35;',
  '<': '&lt;',
  '>': '&gt;',
  '&': '&amp;',
  '`': '#96;',
  '|': '#124;',
}
const safe = (text: string) => visible(text).replace(/["#<>&`|]/g, (sign) => entities[sign] ?? sign)

/** As Mermaid draws it, in Markdown too. Nodes are numbered: their ids may be words that Mermaid keeps for itself. */
export function mermaid(picture: Picture): string {
  const number = new Map(picture.nodes.map(({id}, index) => [id, `n${index}`]))
  const of = (id: string) => number.get(id) ?? id
  const edges = picture.edges.map((edge) => {
    const label = labelOf(edge)
    return `  ${of(edge.source)} -->${label === '' ? '' : `|"${safe(label)}"|`} ${of(edge.target)}`
  })
  const missed = picture.nodes.filter(({reached}) => reached === false).map(({id}) => of(id))
  const missedEdges = picture.edges.flatMap(({reached}, index) => (reached === false ? [index] : []))
  const crowded = picture.nodes.filter(({id}) => peopleAt(picture, id) !== undefined).map(({id}) => of(id))
  const classes = [
    ...(missed.length > 0
      ? ['  classDef missed stroke-dasharray:5 5,stroke:#c00', `  class ${missed.join(',')} missed`]
      : []),
    ...(missedEdges.length > 0 ? [`  linkStyle ${missedEdges.join(',')} stroke-dasharray:5 5,stroke:#c00`] : []),
    ...(crowded.length > 0 ? ['  classDef people stroke-width:3px', `  class ${crowded.join(',')} people`] : []),
  ]
  const title = `---\ntitle: ${JSON.stringify(visible(`${picture.name} (${picture.trigger})`))}\n---`
  const nodes = picture.nodes.map((node) => `  ${of(node.id)}${drawn(node, picture)}`)
  return `${[title, 'flowchart TD', ...nodes, ...edges, ...classes].join('\n')}\n`
}

function drawn({id, type, lines}: DrawnNode, picture: Picture): string {
  const [open, close] = shapes[type] ?? box
  const people = peopleAt(picture, id)
  const rows = [`<b>${safe(id)}</b> ${type}`, ...lines.map(safe), ...(people === undefined ? [] : [`<b>${people}</b>`])]
  return `${open}"${rows.join('<br/>')}"${close}`
}
