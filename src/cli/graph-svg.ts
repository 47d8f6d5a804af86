import {cut} from './escape.ts'
import {layOut, type Point} from './graph-layout.ts'
import {labelOf, peopleAt, type DrawnNode, type Picture} from './graph-picture.ts'
import {xmlText} from './xml.ts'

const WIDTH = 250
const LINE = 16
const LETTERS = 36
const LONGEST_LABEL = 44

const colours: Readonly<Record<string, string>> = {
  start: '#e6f4ea',
  end: '#eceff1',
  message: '#e8f0fe',
  wait: '#fff8e1',
  condition: '#f3e5f5',
  api_call: '#e0f7fa',
  erp: '#e0f7fa',
  transfer: '#fce4ec',
  jump: '#e0f2f1',
}
const OTHER = '#f5f5f5'

/** What stands in a box, line by line. */
function linesOf(
  {id, type, lines}: DrawnNode,
  people: string | undefined,
): {text: string; weight?: string; fill?: string}[] {
  return [
    {text: `${id} · ${type}`, weight: 'bold'},
    ...lines.map((text) => ({text})),
    ...(people === undefined ? [] : [{text: people, weight: 'bold', fill: '#b26a00'}]),
  ]
}

/** As a picture of its own, with nothing but text and lines in it. */
export function svg(picture: Picture): string {
  const texts = new Map(picture.nodes.map((node) => [node.id, linesOf(node, peopleAt(picture, node.id))]))
  const heightOf = (id: string) => (texts.get(id)?.length ?? 1) * LINE + 14
  const boxes = picture.nodes.map(({id}) => ({id, width: WIDTH, height: heightOf(id)}))
  const {width, height, boxes: places, ways} = layOut(boxes, picture.edges, picture.start)
  const arrows = picture.edges.map((edge, index) => {
    const [from, to] = [places.get(edge.source), places.get(edge.target)]
    if (!from || !to) return ''
    const points = edge.source === edge.target ? loop(from) : (ways[index] ?? [])
    const colour = edge.reached === false ? '#c62828' : '#607d8b'
    const dashes = edge.reached === false ? ' stroke-dasharray="5 4"' : ''
    const ends = trimmed(points, heightOf(edge.source) / 2, heightOf(edge.target) / 2)
    const line = `<path d="${curve(ends)}" fill="none" stroke="${colour}"${dashes} marker-end="url(#head)"/>`
    return line + labelled(labelOf(edge), ends, index, colour)
  })
  const drawn = picture.nodes.map((node) =>
    box(node, texts.get(node.id) ?? [], places.get(node.id) ?? {x: 0, y: 0}, heightOf(node.id)),
  )
  const title = `${picture.name} (${picture.trigger})`
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${round(width)}" height="${round(height + TITLE)}" viewBox="0 ${-TITLE} ${round(width)} ${round(height + TITLE)}" font-family="sans-serif" font-size="12">
<title>${xmlText(title)}</title>
<defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto"><path d="M0 0L8 4L0 8z" fill="#607d8b"/></marker></defs>
<rect y="${-TITLE}" width="100%" height="100%" fill="#fff"/>
<text x="24" y="-6" font-size="15" font-weight="bold">${xmlText(title)}</text>
${[...arrows, ...drawn].filter(Boolean).join('\n')}
</svg>
`
}

const TITLE = 24
const round = (number: number) => Math.round(number * 10) / 10

function box({type, reached}: DrawnNode, lines: ReturnType<typeof linesOf>, {x, y}: Point, height: number): string {
  const [left, top] = [round(x - WIDTH / 2), round(y - height / 2)]
  const stroke = reached === false ? 'stroke="#c62828" stroke-dasharray="5 4"' : 'stroke="#607d8b"'
  const rounded = type === 'start' || type === 'end' ? 16 : 5
  const rect = `<rect x="${left}" y="${top}" width="${WIDTH}" height="${height}" rx="${rounded}" fill="${colours[type] ?? OTHER}" ${stroke}/>`
  const texts = lines.map(({text, weight, fill}, index) => {
    const about = `${weight === undefined ? '' : ` font-weight="${weight}"`}${fill === undefined ? '' : ` fill="${fill}"`}`
    return `<text x="${round(x)}" y="${round(top + 19 + index * LINE)}" text-anchor="middle"${about}>${xmlText(cut(text, LETTERS))}</text>`
  })
  return rect + texts.join('')
}

/** From edge to edge of the boxes instead of from middle to middle. */
function trimmed(points: readonly Point[], source: number, target: number): Point[] {
  const [first, last] = [points[0], points.at(-1)]
  if (!first || !last || points.length < 2) return [...points]
  const down = (points[1]?.y ?? 0) >= first.y ? 1 : -1
  return [{x: first.x, y: first.y + down * source}, ...points.slice(1, -1), {x: last.x, y: last.y - down * target}]
}

const loop = ({x, y}: Point): Point[] => [
  {x: x + WIDTH / 2 - 30, y},
  {x: x + WIDTH / 2 + 24, y: y + 6},
  {x: x + WIDTH / 2 - 30, y},
]

function curve(points: readonly Point[]): string {
  const [first] = points
  if (!first) return ''
  const parts = points.slice(1).map((to, index) => {
    const from = points[index] ?? to
    const middle = round((from.y + to.y) / 2)
    return `C${round(from.x)} ${middle} ${round(to.x)} ${middle} ${round(to.x)} ${round(to.y)}`
  })
  return `M${round(first.x)} ${round(first.y)}${parts.join('')}`
}

/** The condition beside the beginning of its arrow; neighbours stand a line apart. */
function labelled(label: string, points: readonly Point[], index: number, colour: string): string {
  const [, from, to] = points
  if (label === '' || !from || !to) return ''
  const x = round(from.x + (to.x - from.x) * 0.6)
  const y = round((from.y + to.y) / 2 + 4 + ((index % 3) - 1) * 12)
  const halo = 'stroke="#fff" stroke-width="3" paint-order="stroke"'
  return `<text x="${x}" y="${y}" text-anchor="middle" font-size="10" fill="${colour}" ${halo}>${xmlText(cut(label, LONGEST_LABEL))}</text>`
}
