import {z} from 'zod'
import {nodeType} from '../node.ts'

/** Where a session begins. Does nothing by itself. */
export const start = nodeType({
  schema: z.strictObject({}),
  outcomes: {good: ['ok'], bad: []},
  build: () => ({enter: () => ({do: 'leave', outcome: 'ok'})}),
})
