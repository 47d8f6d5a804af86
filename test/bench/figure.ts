/** One measured figure, printed as one line of JSON (design, section 10). */
export interface Figure {
  name: string
  value: number
  unit: string
  /** The bare limit, measured in the same run on the same machine. */
  bare: number | null
  ratio: number | null
  goal: string
  ok: boolean
}

/** A figure whose goal is a least share of something bare. */
export function shareOf(bare: number, given: {name: string; value: number; unit: string; least: number}): Figure {
  const ratio = given.value / bare
  return {
    name: given.name,
    value: round(given.value),
    unit: given.unit,
    bare: round(bare),
    ratio: Math.round(ratio * 1000) / 1000,
    goal: `ratio >= ${given.least}`,
    ok: ratio >= given.least,
  }
}

/** What was measured, and the bare limit at that moment. */
export interface Rates {
  bare: number
  own: number
}

/**
 * A figure that is held against another one of ours, minutes apart: a machine's speed wanders meanwhile, so each counts as a
 * share of its own bare limit. `bare` becomes what the other one would be at this one's moment.
 */
export function shareOfOther(
  other: Rates,
  {bare, own}: Rates,
  given: {name: string; unit: string; least: number},
): Figure {
  return shareOf(other.own * (bare / other.bare), {...given, value: own})
}

/** A figure that has to stay below something. */
export function below(most: number, given: {name: string; value: number; unit: string}): Figure {
  return {...given, value: round(given.value), bare: null, ratio: null, goal: `< ${most}`, ok: given.value < most}
}

/** A figure that has to reach something. */
export function atLeast(least: number, given: {name: string; value: number; unit: string}): Figure {
  return {...given, value: round(given.value), bare: null, ratio: null, goal: `>= ${least}`, ok: given.value >= least}
}

export function print(figure: Figure): Figure {
  process.stdout.write(`${JSON.stringify(figure)}\n`)
  return figure
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

/** The median of what was reached, and the bare rate whose share of it is the median of all rounds' shares. */
export function medianOf(rounds: readonly Rates[]): Rates {
  const own = median(rounds.map((rate) => rate.own))
  return {own, bare: own / median(rounds.map((rate) => rate.own / rate.bare))}
}

const round = (value: number) => (Math.abs(value) >= 100 ? Math.round(value) : Math.round(value * 1000) / 1000)
