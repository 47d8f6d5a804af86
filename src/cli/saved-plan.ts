import {z} from 'zod'
import {messageOf, PytakeError} from '../base/errors.ts'
import type {Plan, planFlowsOperation} from '../operations/flow-deploy.ts'
import {type TextFile, writeFile} from './files.ts'
import type {Io} from './io.ts'

export type DeployInput = z.input<(typeof planFlowsOperation)['input']>

const VERSION = 1

/** What `flow plan -o` writes: all that was looked at, so that exactly this can be applied later. */
const SavedPlan = z.strictObject({
  pytake_plan: z.literal(VERSION, `must be ${VERSION}: this plan is of another version of pytake`),
  made_at: z.iso.datetime(),
  tenant: z.strictObject({id: z.string(), name: z.string()}),
  base: z.record(z.string(), z.unknown()),
  /** What `flows.plan` was asked; the server checks it again. */
  input: z.looseObject({}),
})
export interface SavedPlan {
  /** With the base it rests on, and the tenant it was made for. */
  input: DeployInput
}

/** Holds flows, and values of their variables: for the eyes of whoever made it. */
export function savePlan(
  io: Io,
  path: string,
  {input, plan, now}: {input: DeployInput; plan: Plan; now: number},
): void {
  const {tenant, base} = plan
  const saved = {pytake_plan: VERSION, made_at: new Date(now).toISOString(), tenant, base, input}
  const text = `${JSON.stringify(saved, undefined, 2)}\n`
  if (path === '-') return io.stdout.write(text)
  writeFile(io, path, text, {mode: 0o600})
}

const looksSaved = ({text}: TextFile): boolean => /^\s*\{\s*"pytake_plan"/.test(text)

/** The saved plan that is given; undefined for flow files. Throws `BAD_REQUEST` for one among other files. */
export function savedPlanOf(files: readonly TextFile[]): SavedPlan | undefined {
  const saved = files.find(looksSaved)
  if (!saved || files.length === 1) return saved && readPlan(saved)
  throw new PytakeError('BAD_REQUEST', `${saved.name} is a saved plan; apply it alone.`, {
    help: `pytake flow apply ${saved.name}`,
  })
}

/** Throws `INVALID_FILE` for one that is damaged. */
function readPlan({name, text}: TextFile): SavedPlan {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new PytakeError('INVALID_FILE', `${name} is a plan that is damaged: ${messageOf(error)}`)
  }
  const read = SavedPlan.safeParse(value)
  if (!read.success) {
    const [issue] = read.error.issues
    const field = issue?.path.join('.') ?? ''
    throw new PytakeError('INVALID_FILE', `${name} is no plan that can be applied: ${field} ${issue?.message ?? ''}`, {
      help: 'Make a new one: pytake flow plan -o plan.json',
    })
  }
  const {tenant, base, input} = read.data
  return {input: {...input, expect: base as DeployInput['expect'], made_for: tenant}}
}
