const DAY_MS = 86_400_000
const digits = (n: number, width: number) => String(n).padStart(width, '0')

const minutes = Array.from({length: 1440}, (_, n) => `${digits(Math.floor(n / 60), 2)}:${digits(n % 60, 2)}:`)
const seconds = Array.from({length: 60}, (_, n) => `${digits(n, 2)}.`)
const millis = Array.from({length: 1000}, (_, n) => `${digits(n, 3)}Z`)

/** The day that was told last: rows of a list are often of one. */
let day = {start: Number.NaN, text: ''}

/** ISO 8601 UTC with milliseconds: what `toISOString` answers, in a third of its time. Throws for no time at all. */
export function isoTime(time: Date): string {
  const at = time.getTime()
  if (!(at >= day.start && at < day.start + DAY_MS)) {
    const text = time.toISOString()
    day = {start: Math.floor(at / DAY_MS) * DAY_MS, text: text.slice(0, text.indexOf('T') + 1)}
  }
  const rest = at - day.start
  return `${day.text}${minutes[Math.floor(rest / 60_000)] ?? ''}${seconds[Math.floor(rest / 1000) % 60] ?? ''}${millis[rest % 1000] ?? ''}`
}
