const MOST_KEPT = 4096

/** Keeps enough of many numbers to tell their median: all of a few, every second, fourth … of more. */
export class Samples {
  #kept: number[] = []
  #stride = 1
  #seen = 0

  add(value: number): void {
    if (this.#seen++ % this.#stride !== 0) return
    this.#kept.push(value)
    if (this.#kept.length <= MOST_KEPT) return
    this.#kept = this.#kept.filter((_, index) => index % 2 === 0)
    this.#stride *= 2
  }

  get median(): number | null {
    const sorted = [...this.#kept].sort((a, b) => a - b)
    return sorted[Math.floor(sorted.length / 2)] ?? null
  }
}
