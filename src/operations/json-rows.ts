import {isRecord} from '../base/json.ts'
import type {RowText} from '../store/row-text.ts'

/** The rows of a list where they are JSON text already. */
export class JsonRows {
  readonly #rows: readonly RowText[]

  constructor(rows: readonly RowText[]) {
    this.#rows = rows
  }

  /** Whose rows they are, for the audit. */
  get ids(): string[] {
    return this.#rows.map(({id}) => id)
  }

  toString(): string {
    return `[${this.#rows.map(({text}) => text).join(',')}]`
  }
}

/** The text of an answer. */
export function jsonOf(answer: unknown): string {
  if (!isRecord(answer) || !(answer.data instanceof JsonRows)) return JSON.stringify(answer)
  const {data, ...rest} = answer
  return `{"data":${data.toString()},${JSON.stringify(rest).slice(1)}`
}
