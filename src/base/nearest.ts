function distance(a: string, b: string, most: number): number {
  if (Math.abs(a.length - b.length) > most) return most + 1
  let previous = Array.from({length: b.length + 1}, (_, i) => i)
  let beforePrevious = previous
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const change = a[i - 1] === b[j - 1] ? 0 : 1
      let best = Math.min((previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (previous[j - 1] ?? 0) + change)
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      if (swapped) best = Math.min(best, (beforePrevious[j - 2] ?? 0) + 1)
      row.push(best)
    }
    beforePrevious = previous
    previous = row
  }
  return previous[b.length] ?? most + 1
}

/** The name that was probably meant, or undefined when none is near. A swap of two letters counts as one slip. */
export function nearest(word: string, names: Iterable<string>): string | undefined {
  const most = word.length <= 4 ? 1 : word.length <= 8 ? 2 : 3
  let best: string | undefined
  let bestDistance = most + 1
  for (const name of names) {
    const slips = distance(word.toLowerCase(), name.toLowerCase(), most)
    if (slips < bestDistance) {
      best = name
      bestDistance = slips
    }
  }
  return best
}

/** `Did you mean "wait"?`, or nothing when no name is near. */
export function didYouMean(word: string, names: Iterable<string>): string | undefined {
  const name = nearest(word, names)
  return name === undefined ? undefined : `Did you mean "${name}"?`
}
