import {z} from 'zod'
import {good, nodeType} from '../node.ts'

/** Where a session begins. Does nothing by itself. */
export const start = nodeType({
  schema: z.strictObject({}),
  good: good.ok,
  build: () => ({enter: () => ({do: 'leave', outcome: 'ok'})}),
})
