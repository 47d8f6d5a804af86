import {cut, visible, widthOf} from './escape.ts'
import {labelOf, peopleAt, type DrawnEdge, type Picture} from './graph-picture.ts'
import type {Paint} from './paint.ts'

const padded = (text: string, width: number) => text + ' '.repeat(Math.max(0, width - widthOf(text)))

/** As lines for a terminal: every node in the order in which people come to it, with its ways below it. */
export function graphText(picture: Picture, paint: Paint, columns: number): string {
  const order = reading(picture)
  const places = new Map(order.map((id, index) => [id, index]))
  const ids = picture.nodes.map(({id}) => visible(id))
  const idWidth = Math.max(...ids.map(widthOf))
  const typeWidth = Math.max(...picture.nodes.map(({type}) => type.length))
  const rows = order.flatMap((id) => {
    const node = picture.nodes.find((one) => one.id === id)
    if (!node) return []
    const people = peopleAt(picture, id)
    const head = `${marked(node.reached, paint)}${paint('bold', padded(visible(id), idWidth))}  ${padded(node.type, typeWidth)}`
    const room =
      columns - (idWidth + typeWidth + (node.reached === undefined ? 2 : 4)) - 2 - (people ? people.length + 2 : 0)
    const about = cut(visible(node.lines.join(' ')), Math.max(room, 10))
    const first =
      `${head}  ${paint('dim', about)}${people === undefined ? '' : `  ${paint('yellow', people)}`}`.trimEnd()
    const edges = picture.edges.filter(({source}) => source === id).map((edge) => wayOf(edge, places, paint, columns))
    return [first, ...edges]
  })
  const title = `${paint('bold', visible(picture.name))}  ${visible(picture.flow)}  ${paint('dim', visible(picture.trigger))}`
  return `${[title, '', ...rows].join('\n')}\n`
}

function wayOf(edge: DrawnEdge, places: ReadonlyMap<string, number>, paint: Paint, columns: number): string {
  const isBack = (places.get(edge.target) ?? 0) <= (places.get(edge.source) ?? 0)
  const label = labelOf(edge)
  const start = `${marked(edge.reached, paint)}  ${isBack ? '↑' : '→'} ${visible(edge.target)}`
  const used = widthOf(edge.target) + (edge.reached === undefined ? 6 : 8)
  return label === '' ? start : `${start}  ${paint('cyan', cut(visible(label), Math.max(columns - used - 2, 10)))}`
}

/** Whether a test comes here: a sign, or nothing when nobody asked. */
function marked(reached: boolean | undefined, paint: Paint): string {
  if (reached === undefined) return ''
  return reached ? paint('green', '✓ ') : paint('red', '✗ ')
}

/** Nodes in the order of their file, but each after one that leads to it where that is possible. */
function reading({nodes, edges, start}: Picture): string[] {
  const order: string[] = []
  const seen = new Set<string>()
  const todo = [start]
  for (let id = todo.shift(); id !== undefined; id = todo.shift()) {
    if (seen.has(id)) continue
    seen.add(id)
    order.push(id)
    todo.unshift(
      ...edges
        .filter(({source}) => source === id)
        .map(({target}) => target)
        .filter((target) => !seen.has(target)),
    )
  }
  return [...order, ...nodes.map(({id}) => id).filter((id) => !seen.has(id))]
}
