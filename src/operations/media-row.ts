import {z} from 'zod'

/** A file with its bytes, in base64 where it cannot be the bytes themselves. */
export const StoredFile = z.object({
  data: z.string(),
  mime_type: z.string(),
  size: z.number(),
  filename: z.string().nullable(),
})
export type StoredFile = z.output<typeof StoredFile>
