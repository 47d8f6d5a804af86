import {boolean, integer, option, string} from '@oclif/core/flags'
import {PytakeError} from '../base/errors.ts'

export const yesFlag = {yes: boolean({char: 'y', summary: 'Go ahead without asking.'})}

/** Flags of every list. */
export const listFlags = {
  limit: integer({summary: 'Rows to show, 20 unless told; 1,000 at most.', min: 1, max: 1000}),
  page: integer({summary: 'Which page.', min: 1}),
  sort: string({summary: 'Field to sort by.'}),
  order: option({options: ['asc', 'desc'] as const, summary: 'Direction; desc unless told.'})(),
  after: string({summary: 'Cursor of the page before ("after" in --json).'}),
  count: boolean({summary: 'Count exactly, however many there are.'}),
}

interface ListFlags {
  limit?: number
  page?: number
  sort?: string
  order?: 'asc' | 'desc'
  after?: string
  count?: boolean
}

/** The part of the flags that every list operation takes. */
export const listInputOf = ({limit, page, sort, order, after, count}: ListFlags) => ({
  ...(limit === undefined ? {} : {limit}),
  ...(page === undefined ? {} : {page}),
  ...(sort === undefined ? {} : {sort}),
  ...(order === undefined ? {} : {order}),
  ...(after === undefined ? {} : {after}),
  ...(count ? {count} : {}),
})

/** `messages_per_month=50000`, or `=none` for no limit. Names are checked where limits are known. */
export function limitsOf(pairs: readonly string[] | undefined): Record<string, number | null> | undefined {
  if (!pairs || pairs.length === 0) return undefined
  return Object.fromEntries(
    pairs.map((pair) => {
      const [, name, value] = /^(\w+)=(\d{1,15}|none)$/.exec(pair) ?? []
      if (name === undefined || value === undefined) {
        throw new PytakeError('BAD_REQUEST', `--limit ${pair}: write it as NAME=NUMBER or NAME=none.`)
      }
      return [name, value === 'none' ? null : Number(value)]
    }),
  )
}

/** A single limit: `200`, or `none`. */
export function limitOf(flag: string, text: string | undefined): number | null | undefined {
  if (text === undefined) return undefined
  if (text === 'none') return null
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text)
  throw new PytakeError('BAD_REQUEST', `--${flag} ${text}: write it as a whole NUMBER or as none.`)
}

/** Leaves out what was not given, so that "absent is unchanged" holds. An object without a field is undefined. */
export function given<T extends object>(fields: T): Partial<T> | undefined {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined)
  return entries.length === 0 ? undefined : (Object.fromEntries(entries) as Partial<T>)
}
