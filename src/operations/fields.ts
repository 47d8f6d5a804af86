import {z} from 'zod'
import {isoTime} from '../base/iso-time.ts'
import {isUuid} from '../base/ids.ts'
import {phoneProblem, normalizePhone} from '../base/phone.ts'

/** Fields that several resources share: how they are checked and how they are answered. */

export const name = z
  .string()
  .max(255)
  .refine((text) => text.trim() !== '', 'must not be blank')

/** Id, in small letters or capitals, or the name people know it by. */
export const ref = z
  .string()
  .min(1)
  .max(255)
  .overwrite((text) => (isUuid(text) ? text.toLowerCase() : text))

/** Id of something. Some write it in capitals; SQLite compares letter by letter. */
export const uuid = z.uuid().toLowerCase()

/** Anything a person may write for a telephone number; becomes E.164. */
export const phone = z
  .string()
  .max(64)
  .superRefine((text, context) => {
    const problem = phoneProblem(text)
    if (problem !== undefined) context.addIssue({code: 'custom', message: problem})
  })
  .transform((text) => normalizePhone(text)?.e164 ?? text)

/** What an INTEGER of PostgreSQL holds. */
export const MOST_INTEGER = 2_147_483_647

/** Number of a flow's release. */
export const version = z.number().int().min(1).max(MOST_INTEGER)

export const day = z.iso.date()

export const timeOut = z.iso.datetime()
export const timeOrNull = timeOut.nullable()

export const iso = isoTime
export const isoOrNull = (time: Date | null): string | null => (time ? isoTime(time) : null)

/** Input of whatever concerns one thing. */
export const byId = z.strictObject({id: ref})
