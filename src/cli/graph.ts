import {extname} from 'node:path'
import {PytakeError} from '../base/errors.ts'
import type {Paint} from './paint.ts'
import {graphFormats, type GraphFormat, type Picture} from './graph-picture.ts'

export {graphFormats} from './graph-picture.ts'

const byEnd: Readonly<Record<string, GraphFormat>> = {
  '.svg': 'svg',
  '.dot': 'dot',
  '.gv': 'dot',
  '.mmd': 'mermaid',
  '.mermaid': 'mermaid',
  '.txt': 'text',
}

/** The format that was asked for, else the one that the file's name says. */
export function formatOf(format: GraphFormat | undefined, output: string | undefined): GraphFormat {
  if (format !== undefined || output === undefined) return format ?? 'text'
  const known = byEnd[extname(output).toLowerCase()]
  if (known !== undefined) return known
  throw new PytakeError('BAD_REQUEST', `${output} does not say which format it is to be.`, {
    help: `Add --format ${graphFormats.join(', ')}, or end it with ${Object.keys(byEnd).join(', ')}.`,
  })
}

/** Only what the format needs is loaded. */
export async function drawnAs(
  format: GraphFormat,
  picture: Picture,
  {paint, columns}: {paint: Paint; columns: number},
): Promise<string> {
  if (format === 'mermaid') return (await import('./graph-mermaid.ts')).mermaid(picture)
  if (format === 'dot') return (await import('./graph-dot.ts')).dot(picture)
  if (format === 'svg') return (await import('./graph-svg.ts')).svg(picture)
  return (await import('./graph-text.ts')).graphText(picture, paint, columns)
}

/** All people at a node, on whatever release. */
export function peopleByNode(rows: readonly {node: string | null; count: number}[]): Map<string, number> {
  const people = new Map<string, number>()
  for (const {node, count} of rows) if (node !== null) people.set(node, (people.get(node) ?? 0) + count)
  return people
}
