import {createHash} from 'node:crypto'

/** SHA-256 of a value's JSON, in base64url: equal for equal values whose fields stand in the same order. Never throws. */
export function digestOf(value: unknown): string {
  return createHash('sha256').update(jsonOf(value)).digest('base64url')
}

function jsonOf(value: unknown): string {
  try {
    return String(JSON.stringify(value))
  } catch {
    // Nested too deeply to be written: all such values share one digest.
    return 'unwritable'
  }
}
