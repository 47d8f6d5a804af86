const units = {d: 86_400_000, h: 3_600_000, m: 60_000, s: 1_000} as const
const shape = /^(?:(\d{1,5})d)?(?:(\d{1,5})h)?(?:(\d{1,5})m)?(?:(\d{1,6})s)?$/

/** Milliseconds of `90s 30m 24h 2d 1h30m`; undefined for anything else, bare numbers included. */
export function parseDuration(text: string): number | undefined {
  const match = shape.exec(text)
  if (!match || text === '') return undefined
  const [, days = 0, hours = 0, minutes = 0, seconds = 0] = match
  return Number(days) * units.d + Number(hours) * units.h + Number(minutes) * units.m + Number(seconds) * units.s
}

/** The shortest writing that `parseDuration` reads back, in whole seconds: `1h30m`. */
export function formatDuration(ms: number): string {
  let rest = Math.round(ms / units.s) * units.s
  let text = ''
  for (const [unit, size] of Object.entries(units)) {
    const count = Math.floor(rest / size)
    if (count > 0) text += `${count}${unit}`
    rest -= count * size
  }
  return text || '0s'
}
