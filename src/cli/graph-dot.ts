import {visible} from './escape.ts'
import {labelOf, peopleAt, type Picture} from './graph-picture.ts'

const shapes: Readonly<Record<string, string>> = {
  start: 'oval',
  end: 'oval',
  wait: 'parallelogram',
  condition: 'diamond',
  api_call: 'component',
  erp: 'component',
  jump: 'component',
}

const quoted = (text: string) => `"${visible(text).replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
/** Lines of one label; the ends of lines are ours. */
const label = (lines: readonly string[]) => `"${lines.map((line) => quoted(line).slice(1, -1)).join('\\n')}"`
const attributes = (pairs: Readonly<Record<string, string | undefined>>) =>
  Object.entries(pairs)
    .flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}`]))
    .join(', ')

/** As Graphviz draws it: `dot -Tpng`. */
export function dot(picture: Picture): string {
  const nodes = picture.nodes.map(({id, type, lines, reached}) => {
    const people = peopleAt(picture, id)
    const about = attributes({
      label: label([`${id} (${type})`, ...lines, ...(people === undefined ? [] : [people])]),
      shape: shapes[type],
      style: reached === false ? 'dashed' : undefined,
      color: reached === false ? 'red' : undefined,
      penwidth: people === undefined ? undefined : '3',
    })
    return `  ${quoted(id)} [${about}]`
  })
  const edges = picture.edges.map((edge) => {
    const about = attributes({
      label: labelOf(edge) === '' ? undefined : quoted(labelOf(edge)),
      style: edge.reached === false ? 'dashed' : undefined,
      color: edge.reached === false ? 'red' : undefined,
    })
    return `  ${quoted(edge.source)} -> ${quoted(edge.target)}${about === '' ? '' : ` [${about}]`}`
  })
  const head = [
    `digraph ${quoted(picture.flow)} {`,
    `  label=${quoted(`${picture.name} (${picture.trigger})`)}`,
    '  node [shape=box]',
  ]
  return `${[...head, ...nodes, ...edges, '}'].join('\n')}\n`
}
