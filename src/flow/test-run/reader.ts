import type {z} from 'zod'
import type {Path, Problem, Report} from '../problem.ts'
import {issueReporter, reportInput} from '../schema-issues.ts'
import type {Source} from '../source.ts'
import type {Position, TestProblem} from './suite.ts'

/** Where a part of a test file is, and the way to say what is wrong with it. */
export interface Reader {
  at(path: Path, part?: 'key'): Position
  refuse(path: Path, rule: string, message: string, hint?: string): void
  /** Undefined when the schema refuses the value; every reason is told. */
  parse<Shape extends z.ZodRawShape>(
    schema: z.ZodObject<Shape>,
    value: unknown,
    path: Path,
  ): z.output<z.ZodObject<Shape>> | undefined
}

export function createReader(source: Source, problems: TestProblem[]): Reader {
  const report: Report = (path, finding) => problems.push(withoutExcerpt(source.locate(path, finding)))
  const issues = issueReporter(report)
  return {
    at(path, part) {
      const {line, column} = source.locate(path, {rule: 'syntax', message: '', at: part})
      return {line, column}
    },
    refuse(path, rule, message, hint) {
      problems.push({...withoutExcerpt(source.locate(path, {rule: 'syntax', message, hint})), rule})
    },
    parse(schema, value, path) {
      const parsed = schema.safeParse(value, reportInput)
      if (parsed.success) return parsed.data
      issues(parsed.error, path, schema)
      return undefined
    },
  }
}

export const withoutExcerpt = ({file, line, column, rule, message, hint}: Problem): TestProblem => ({
  file,
  line,
  column,
  rule,
  message,
  hint,
})
