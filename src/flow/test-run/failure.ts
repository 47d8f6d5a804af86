import type {Position} from './suite.ts'

/** Why a dialogue failed, and where: in the test file, and the node of the flow that answered. */
export interface Failure {
  at: Position
  message: string
  expected?: string
  got?: string
  hint?: string
  place?: {flow: string; node: string}
}
