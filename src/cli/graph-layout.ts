/** Places boxes in ranks from top to bottom, as Sugiyama taught: no arrow crosses a box, and few cross one another. */

export interface Sized {
  id: string
  width: number
  height: number
}

export interface Point {
  x: number
  y: number
}

export interface Layout {
  width: number
  height: number
  /** Middle of each box. */
  boxes: ReadonlyMap<string, Point>
  /** Points that each arrow goes through, from its source to its target, both included. */
  ways: Point[][]
}

interface Arrow {
  source: string
  target: string
}

/** A box, or a point that a long arrow passes a rank at. */
interface Item extends Sized {
  rank: number
  x: number
  above: Item[]
  below: Item[]
}

const GAP_X = 36
const GAP_Y = 64
const MARGIN = 24
const PASSING = 16
const SWEEPS = 8

export function layOut(boxes: readonly Sized[], arrows: readonly Arrow[], start: string): Layout {
  const forward = downward(boxes, arrows, start)
  const items = new Map(boxes.map((box): [string, Item] => [box.id, {...box, rank: 0, x: 0, above: [], below: []}]))
  rank(items, forward)
  const ways = forward.map((arrow) => joined(items, arrow))
  const ranks = inRanks(items, ways)
  for (let sweep = 0; sweep < SWEEPS; sweep++)
    for (const row of sweep % 2 ? [...ranks].reverse() : ranks) order(row, sweep % 2 === 1)
  for (const row of ranks) spread(row)
  for (let sweep = 0; sweep < SWEEPS; sweep++)
    for (const row of sweep % 2 ? [...ranks].reverse() : ranks) pull(row, sweep % 2 === 1)
  return measured(ranks, items, {arrows, forward, ways})
}

function bySource(arrows: readonly Arrow[]): Map<string, Arrow[]> {
  const groups = new Map<string, Arrow[]>()
  for (const arrow of arrows) {
    const group = groups.get(arrow.source)
    if (group) group.push(arrow)
    else groups.set(arrow.source, [arrow])
  }
  return groups
}

/** The arrows with those turned round that would lead back up. */
function downward(boxes: readonly Sized[], arrows: readonly Arrow[], start: string): (Arrow & {turned: boolean})[] {
  const known = new Set(boxes.map(({id}) => id))
  const from = bySource(arrows)
  const done = new Set<string>()
  const back = new Set<Arrow>()
  for (const root of [start, ...known]) {
    const trail: {id: string; next: number}[] = []
    const onTrail = new Set<string>()
    const push = (id: string) => {
      if (done.has(id) || !known.has(id)) return
      trail.push({id, next: 0})
      onTrail.add(id)
    }
    push(root)
    for (let top = trail.at(-1); top; top = trail.at(-1)) {
      const arrow = from.get(top.id)?.[top.next++]
      if (!arrow) {
        done.add(top.id)
        onTrail.delete(top.id)
        trail.pop()
      } else if (onTrail.has(arrow.target)) back.add(arrow)
      else push(arrow.target)
    }
  }
  return arrows.map((arrow) =>
    back.has(arrow) ? {source: arrow.target, target: arrow.source, turned: true} : {...arrow, turned: false},
  )
}

/** Each box below everything that leads to it. */
function rank(items: ReadonlyMap<string, Item>, arrows: readonly Arrow[]): void {
  const waiting = new Map<string, number>()
  const real = arrows.filter(({source, target}) => source !== target)
  for (const {target} of real) waiting.set(target, (waiting.get(target) ?? 0) + 1)
  const from = bySource(real)
  const todo = [...items.keys()].filter((id) => !waiting.has(id))
  for (const id of todo) {
    for (const {target} of from.get(id) ?? []) {
      const [here, there] = [items.get(id), items.get(target)]
      if (here && there) there.rank = Math.max(there.rank, here.rank + 1)
      const left = (waiting.get(target) ?? 0) - 1
      waiting.set(target, left)
      if (left === 0) todo.push(target)
    }
  }
}

/** The items an arrow goes through: its ends, and a point in every rank between. */
function joined(items: ReadonlyMap<string, Item>, {source, target}: Arrow): Item[] {
  const [top, bottom] = [items.get(source), items.get(target)]
  if (!top || !bottom || top === bottom) return []
  const way = [top]
  for (let level = top.rank + 1; level < bottom.rank; level++)
    way.push({id: '', width: PASSING, height: 0, rank: level, x: 0, above: [], below: []})
  way.push(bottom)
  for (const [index, item] of way.entries()) {
    const next = way[index + 1]
    if (!next) break
    item.below.push(next)
    next.above.push(item)
  }
  return way
}

function inRanks(items: ReadonlyMap<string, Item>, ways: readonly Item[][]): Item[][] {
  const all = new Set([...items.values(), ...ways.flat()])
  const ranks: Item[][] = []
  for (const item of all) (ranks[item.rank] ??= []).push(item)
  for (const row of ranks) for (const [index, item] of row.entries()) item.x = index
  return ranks
}

const mean = (items: readonly Item[], otherwise: number) =>
  items.length === 0 ? otherwise : items.reduce((sum, {x}) => sum + x, 0) / items.length

/** Puts the items of a rank into the order of what they hang on. */
function order(row: Item[], upward: boolean): void {
  const wish = new Map(row.map((item) => [item, mean(upward ? item.below : item.above, item.x)]))
  row.sort((a, b) => (wish.get(a) ?? 0) - (wish.get(b) ?? 0))
  for (const [index, item] of row.entries()) item.x = index
}

function spread(row: readonly Item[]): void {
  let x = 0
  for (const item of row) {
    item.x = x + item.width / 2
    x += item.width + GAP_X
  }
}

const apart = (a: Item, b: Item) => (a.width + b.width) / 2 + GAP_X

/** Moves items towards what they hang on, without changing their order. */
function pull(row: readonly Item[], upward: boolean): void {
  const wish = row.map((item) => mean(upward ? item.below : item.above, item.x))
  // From the left each goes no further left than its neighbour lets it, from the right no further right: the middle of both.
  const fromLeft: number[] = []
  for (const [index, item] of row.entries()) {
    const before = row[index - 1]
    const least = before ? (fromLeft[index - 1] ?? 0) + apart(before, item) : -Infinity
    fromLeft.push(Math.max(wish[index] ?? 0, least))
  }
  const fromRight: number[] = []
  for (let index = row.length - 1; index >= 0; index--) {
    const [item, after] = [row[index], row[index + 1]]
    const most = item && after ? (fromRight[index + 1] ?? 0) - apart(item, after) : Infinity
    fromRight[index] = Math.min(wish[index] ?? 0, most)
  }
  for (const [index, item] of row.entries()) item.x = ((fromLeft[index] ?? 0) + (fromRight[index] ?? 0)) / 2
}

interface Drawn {
  arrows: readonly Arrow[]
  forward: readonly {turned: boolean}[]
  ways: readonly Item[][]
}

function measured(ranks: readonly Item[][], items: ReadonlyMap<string, Item>, {forward, ways}: Drawn): Layout {
  const all = ranks.flat()
  const left = Math.min(0, ...all.map(({x, width}) => x - width / 2))
  const right = Math.max(0, ...all.map(({x, width}) => x + width / 2))
  const bands: {middle: number; half: number}[] = []
  let y = MARGIN
  for (const row of ranks) {
    const height = Math.max(...row.map((item) => item.height))
    bands.push({middle: y + height / 2, half: height / 2})
    y += height + GAP_Y
  }
  const bandOf = (item: Item) => bands[item.rank] ?? {middle: 0, half: 0}
  const at = (item: Item, side = 0): Point => ({
    x: item.x - left + MARGIN,
    y: bandOf(item).middle + side * bandOf(item).half,
  })
  // Straight through a rank, and aside only between two: so no arrow runs through a box.
  const through = (item: Item, index: number, way: readonly Item[]) => [
    index === 0 ? at(item) : at(item, -1),
    index === way.length - 1 ? at(item) : at(item, 1),
  ]
  return {
    width: right - left + 2 * MARGIN,
    height: y - GAP_Y + MARGIN,
    boxes: new Map([...items].map(([id, item]) => [id, at(item)])),
    ways: ways.map((way, index) => {
      const points = way.flatMap(through)
      return forward[index]?.turned ? points.reverse() : points
    }),
  }
}
