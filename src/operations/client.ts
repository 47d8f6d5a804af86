import type {z} from 'zod'
import type {Operation} from './operation.ts'

/** How a command or a screen reaches the platform: in process or over HTTP, with the same answers and errors. */
export interface Client {
  call<I extends z.ZodType, O extends z.ZodType>(operation: Operation<I, O>, input: z.input<I>): Promise<z.output<O>>
  close(): Promise<void>
}
