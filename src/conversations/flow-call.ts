import {storableText} from '../base/json-text.ts'
import {isRepeated} from '../flow/call-answer.ts'
import type {CallRequest, CallResult} from '../flow/session.ts'
import {referenceOf} from '../erp/tickets.ts'
import type {ClaimedJob, JobHandler} from '../jobs/job.ts'
import type {Runtime} from '../runtime/runtime.ts'
import type {TenantTx} from './load.ts'
import {callErp} from './erp-call.ts'
import {callApi} from './api-call.ts'

interface Payload {
  conversation_id: string
  config_id: string
  session: string
  number: number
  request: CallRequest
}

type Deps = Pick<Runtime, 'stores' | 'http' | 'clock' | 'random' | 'log'>

/** Makes an outside call for a flow; the answer is the session's next input, stored like a message. */
export function flowCallHandler(deps: Deps): JobHandler {
  return {
    async run({db, job, signal}) {
      const {request, conversation_id: conversationId} = payloadOf(job)
      const result =
        request.kind === 'erp'
          ? await callErp(deps, db, {request, conversationId}, signal)
          : await callApi(deps, db, request, signal)
      if (isRepeated(request, result, job.attempts))
        return {retryInMs: 1000 * 2 ** (job.attempts - 1), error: result.error ?? result.outcome}
      return {done: {outcome: result.outcome}, commit: (tx) => putInInbox(tx, job, result, deps.clock.now())}
    },
    // The request may or may not have been made: only the flow can say what that means.
    lost: ({job}) =>
      Promise.resolve((tx) =>
        putInInbox(tx, job, {outcome: 'unknown', ...lostCall(payloadOf(job).request)}, deps.clock.now()),
      ),
  }
}

/** Of a ticket the person gets the reference: with it somebody can look whether it is there. */
function lostCall({kind, idempotencyKey}: CallRequest): Omit<CallResult, 'outcome'> {
  const error = 'The process stopped during the call.'
  if (kind === 'api_call') return {error}
  return {error, data: {code: 'unsure', message: error, reference: referenceOf(idempotencyKey)}}
}

const payloadOf = (job: ClaimedJob) => job.payload as unknown as Payload

async function putInInbox(tx: TenantTx, job: ClaimedJob, result: CallResult, now: number): Promise<void> {
  const {conversation_id, config_id, session, number} = payloadOf(job)
  const body = {type: 'input', dedupe: '', conversation_id, input: {kind: 'result', number, result}}
  await tx.insertNew(
    'inbox',
    ['dedupe_key'],
    [
      {
        key: `${config_id} conversation:${conversation_id}`,
        config_id,
        kind: 'input',
        dedupe_key: `input ${session} ${number}`,
        body: storableText(JSON.stringify(body)),
        raw_id: null,
        state: 'pending',
        attempts: 0,
        received_at: new Date(now),
      },
    ],
  )
}
