import {readdirSync, readFileSync} from 'node:fs'
import {join} from 'node:path'
import {describe, expect, test} from 'vitest'
import {dot} from '../../src/cli/graph-dot.ts'
import {layOut} from '../../src/cli/graph-layout.ts'
import {mermaid} from '../../src/cli/graph-mermaid.ts'
import type {Picture} from '../../src/cli/graph-picture.ts'
import {svg} from '../../src/cli/graph-svg.ts'
import {graphText} from '../../src/cli/graph-text.ts'
import {paintWith} from '../../src/cli/paint.ts'
import {draw} from '../../src/flow/drawing/draw.ts'

const templates = join(import.meta.dirname, '../../templates/flows')
const read = (name: string) => ({name, text: readFileSync(join(templates, name), 'utf8')})
const names = readdirSync(templates).filter((name) => !name.endsWith('.test.yaml'))
const pictureOf = (name: string, coverage = false): Picture => {
  const {drawing} = draw({
    flows: [read(name)],
    tests: [read(name.replace('.yaml', '.test.yaml'))],
    variables: {},
    coverage,
  })
  if (!drawing) throw new Error(name)
  return drawing
}

const nasty = 'end "x" <b>|`\\ \u001b[31m & #1'
const small: Picture = {
  flow: 'a',
  name: nasty,
  trigger: 'keyword: oi',
  start: 'end',
  nodes: [
    {id: 'end', type: 'message', lines: [nasty], reached: true},
    {id: 'w', type: 'wait', lines: ['text'], reached: false},
    {id: 'end2', type: 'end', lines: [], reached: true},
  ],
  edges: [
    {source: 'end', target: 'w', reached: true},
    {source: 'w', target: 'w', condition: nasty, reached: false},
    {source: 'w', target: 'end', condition: "outcome == 'timeout'", reached: true},
    {source: 'w', target: 'end2', reached: true},
  ],
  people: new Map([
    ['w', 37],
    ['end', 1],
  ]),
}

describe('a layout', () => {
  test.each(names)('of %s lets no box touch another, and no arrow run through one', (name) => {
    const {nodes, edges, start} = pictureOf(name)
    const boxes = nodes.map(({id, lines}) => ({id, width: 230, height: 30 + 16 * lines.length}))
    const {boxes: places, ways, width, height} = layOut(boxes, edges, start)
    const framed = boxes.map(({id, ...size}) => ({id, ...size, ...(places.get(id) ?? {x: NaN, y: NaN})}))
    for (const [index, a] of framed.entries())
      for (const b of framed.slice(index + 1))
        expect(
          Math.abs(a.x - b.x) >= (a.width + b.width) / 2 || Math.abs(a.y - b.y) >= (a.height + b.height) / 2,
          `${a.id} and ${b.id}`,
        ).toBe(true)
    for (const {x, y, width: w, height: h} of framed)
      expect(x - w / 2 >= 0 && x + w / 2 <= width && y - h / 2 >= 0 && y + h / 2 <= height).toBe(true)
    for (const [index, way] of ways.entries()) {
      const {source, target} = edges[index] ?? {source: '', target: ''}
      expect([way[0], way.at(-1)]).toEqual([places.get(source), places.get(target)])
      for (const {x, y} of way) {
        const hit = framed.find(
          (box) =>
            ![source, target].includes(box.id) &&
            Math.abs(x - box.x) < box.width / 2 &&
            Math.abs(y - box.y) < box.height / 2,
        )
        expect(hit?.id, `${source} → ${target}`).toBeUndefined()
      }
    }
  })

  test('holds a thousand boxes in a row, a circle and a box on its own', () => {
    const boxes = Array.from({length: 1000}, (_, n) => ({id: `n${n}`, width: 100, height: 30}))
    const arrows = boxes.slice(1).map(({id}, n) => ({source: `n${n}`, target: id}))
    const {boxes: places} = layOut(
      [...boxes, {id: 'alone', width: 100, height: 30}],
      [...arrows, {source: 'n999', target: 'n0'}],
      'n0',
    )
    expect(places.size).toBe(1001)
    const ys = boxes.map(({id}) => places.get(id)?.y ?? 0)
    expect(ys).toEqual([...ys].sort((a, b) => a - b))
  })
})

test('Mermaid is given numbers for ids and nothing that it would read as its own', () => {
  const text = mermaid(small)
  expect(text).toContain('title: "end \\"x\\" <b>|`\\\\ \\\\u001b[31m & #1 (keyword: oi)"\n')
  expect(text).toContain('  n1[/"<b>w</b> wait<br/>text<br/><b>37 people</b>"/]\n')
  expect(text).toContain('  n2(["<b>end2</b> end"])\n')
  expect(text).toContain('  n1 -->|"outcome == \'timeout\'"| n0\n')
  expect(text).toContain('  class n1 missed\n  linkStyle 1 stroke-dasharray')
  const labels = [...text.matchAll(/"(.*)"/g)].map((match) => match[1] ?? '').slice(1)
  expect(labels.join('').replaceAll(/<br\/>|<\/?b>|#quot;|#\d+;|&[lgt]+;|&amp;/g, '')).not.toMatch(/["<>`|#]/)
})

test('Graphviz is given quoted ids and one line per statement', () => {
  const text = dot(small)
  expect(text).toContain(
    '  "w" [label="w (wait)\\ntext\\n37 people", shape=parallelogram, style=dashed, color=red, penwidth=3]\n',
  )
  expect(text).toContain('  "end" -> "w"\n')
  expect(text.split('\n')).toHaveLength(3 + 3 + 4 + 2)
  expect(text).not.toContain('\u001b')
})

test('the picture is XML with every box, every label and every count in it', () => {
  const text = svg(small)
  expect(text).not.toMatch(/[\u0000-\u0008\u000b-\u001f]|&(?!amp;|lt;|gt;|quot;|apos;)/)
  const open = [...text.matchAll(/<([a-z]+)[^>]*?(\/?)>/g)].filter(([, , end]) => end === '').map(([, tag]) => tag)
  const closed = [...text.matchAll(/<\/([a-z]+)>/g)].map(([, tag]) => tag)
  expect([...open].sort()).toEqual([...closed].sort())
  for (const part of ['>w · wait<', '>37 people<', '>1 person<', '>outcome == &apos;timeout&apos;<'])
    expect(text).toContain(part)
  expect(text.match(/<path d="M\d[^"]*" fill="none"/g)).toHaveLength(4)
})

test('text names every node once, with its ways below it and what is missed', () => {
  expect(graphText({...small, name: 'A'}, paintWith(false), 60).split('\n')).toEqual([
    'A  a  keyword: oi',
    '',
    '✓ end   message  end "x" <b>|`\\ \\u001b[31m & #1  1 person',
    '✓   → w',
    '✗ w     wait     text  37 people',
    expect.stringMatching(/^✗ {3}↑ w {2}end "x" <b>\|`/),
    "✓   ↑ end  outcome == 'timeout'",
    '✓   → end2',
    '✓ end2  end',
    '',
  ])
})

test.each([40, 80, 120])('text stays within %i columns', (columns) => {
  for (const name of names) {
    const lines = graphText(pictureOf(name, true), paintWith(false), columns).split('\n').slice(1)
    expect(lines.filter((line) => [...line].length > Math.max(columns, 50))).toEqual([])
  }
})
