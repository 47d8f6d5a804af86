import {z} from 'zod'
import {systemClock} from '../base/clock.ts'
import {PytakeError} from '../base/errors.ts'
import {draftOf, UNPUBLISHED} from '../deploy/drafts.ts'
import {findFlow, type FlowRow, listFlows, releaseOf} from '../deploy/releases.ts'
import {runTests} from '../flow/test-run/run.ts'
import type {TenantDb} from '../store/stores.ts'
import {byId, version} from './fields.ts'
import {flowFiles} from './flow-files.ts'
import {FlowTests} from './flow-tests.ts'
import {operation} from './operation.ts'

/** They are played while other requests wait. */
const MOST_TESTS = 20
const MOST_DIALOGUES = 100

/** Plays dialogues against a release in the simulator: nothing is sent, called or kept. */
export const rehearseFlow = operation({
  id: 'flows.rehearse',
  method: 'POST',
  path: '/flows/{id}/test',
  permission: 'flows:read',
  summary: 'Play dialogues against a flow in the simulator. Nothing is sent, called or kept.',
  audit: false,
  input: byId
    .extend({
      /** The live release unless told. */
      version: version.optional(),
      /** The draft that waits instead; so it is for a flow that was never published. */
      draft: z.boolean().default(false),
      variables: flowFiles.variables,
      /** Test files, as `pytake flow test` takes them. */
      tests: z
        .array(z.strictObject({name: z.string().min(1).max(1000), text: z.string()}))
        .max(MOST_TESTS)
        .default([]),
      /** Dialogues as they stand in a test file. */
      dialogues: z.array(z.record(z.string(), z.json())).max(MOST_DIALOGUES).default([]),
    })
    .refine(({draft, version}) => !draft || version === undefined, {
      path: ['draft'],
      error: 'is no release: give one of draft and version',
    })
    .refine(({tests, dialogues}) => tests.length + dialogues.length > 0, {
      path: ['dialogues'],
      error: 'there is neither a dialogue nor a test',
    }),
  output: FlowTests,
  status: 200,
  async run({tenant}, {id, version, draft, variables, tests, dialogues}) {
    const row = await findFlow(tenant, id)
    const others = (await listFlows(tenant)).filter((one) => one.is_active && one.id !== row.id)
    const isDraft = draft || (row.version === UNPUBLISHED && version === undefined)
    const flows = [textOf(row.flow_key, isDraft ? await waiting(tenant, row) : await releaseOf(tenant, row, version))]
    for (const other of others) flows.push(textOf(other.flow_key, await releaseOf(tenant, other)))
    const given = {name: 'dialogues', text: JSON.stringify({flow: row.flow_key, dialogues}, null, 2)}
    return runTests({
      ...{flows, variables},
      tests: dialogues.length > 0 ? [given, ...tests] : tests,
      monotonic: () => systemClock.monotonic(),
    })
  },
})

async function waiting(tenant: TenantDb, row: FlowRow) {
  const draft = await draftOf(tenant, row.id)
  if (!draft) throw new PytakeError('NOT_FOUND', `Flow "${row.flow_key}" has no draft.`)
  return draft
}

const textOf = (key: string, {source, definition}: {source: string | null; definition: unknown}) => ({
  name: `${key}.yaml`,
  text: source ?? JSON.stringify(definition),
})

export const flowRehearsalOperations = {rehearseFlow}
