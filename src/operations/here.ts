import type {z} from 'zod'
import {parseInput} from './input.ts'
import type {LocalOperation} from './operation.ts'

/** Carries out what works on files alone, with nothing opened. */
export const runHere = <I extends z.ZodType, O extends z.ZodType>(
  operation: LocalOperation<I, O>,
  input: z.input<I>,
): Promise<z.output<O>> => operation.run({}, parseInput(operation.input, input))
