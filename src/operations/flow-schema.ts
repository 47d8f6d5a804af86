import {z} from 'zod'
import {flowJsonSchema} from '../flow/json-schema.ts'
import {localOperation} from './operation.ts'

/** The JSON Schema of flow files. */
export const flowSchema = localOperation({
  id: 'flows.schema',
  summary: 'Give the JSON Schema of flow files.',
  input: z.strictObject({}),
  output: z.record(z.string(), z.unknown()),
  run: async () => flowJsonSchema(),
})
