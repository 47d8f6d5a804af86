import {messageOf, PytakeError} from '../base/errors.ts'
import {type Http, HttpError} from '../base/http.ts'
import type {Content} from '../base/message.ts'
import type {Account, SendResult} from '../channels/channel.ts'
import {parseAddress} from '../contacts/identity.ts'
import {noCrash} from '../runtime/crash.ts'
import type {Runtime} from '../runtime/runtime.ts'
import type {Finished} from './results.ts'
import type {Attempt, LaneMemory, LaneOptions} from './lane-memory.ts'
import {giveBack, openLane, step, type StepDeps} from './step.ts'
import {createWaker} from '../base/waker.ts'

const LEASE_MARGIN_MS = 2000
const IDLE_MS = 5000
const GATHER_MS = 8
const SHUTDOWN_MS = 10_000
const TROUBLE_MS = 1000

export interface Lane {
  /** Something was queued. */
  wake(): void
  /** Stops claiming, finishes what is on the wire, gives the lease back. */
  stop(): Promise<void>
  /** Resolves when the lane has ended: idle, fenced, or stopped. */
  readonly ended: Promise<void>
}

type Deps = StepDeps & Pick<Runtime, 'http' | 'log' | 'crash'>

/** Holds one WhatsApp config's lane while there is something to send: claims, paces, sends, settles. */
export function runLane(deps: Deps, options: LaneOptions): Lane {
  const waker = createWaker(deps.clock)
  const stopping = new AbortController()
  const ended = run(deps, options, {waker, stopping: stopping.signal, gathering: false}).catch((error: unknown) => {
    deps.log.error({config: options.configId, error: messageOf(error)}, 'a lane stopped with an error')
  })
  return {
    wake: waker.wake,
    async stop() {
      stopping.abort()
      waker.wake()
      await ended
    },
    ended,
  }
}

interface Control {
  waker: ReturnType<typeof createWaker>
  stopping: AbortSignal
  /** Answers are being waited for: one alone is no reason to go on. */
  gathering: boolean
}

async function run(deps: Deps, options: LaneOptions, control: Control): Promise<void> {
  const lane = await openLane(deps, options)
  if (!lane) return
  const {clock} = deps
  let idleSince = clock.monotonic()
  for (;;) {
    const stopping = control.stopping.aborted
    control.waker.forget()
    const outcome = await safely(deps, options, () => step(deps, options, lane, {claiming: !stopping}))
    if (outcome === 'trouble') {
      await control.waker.wait(TROUBLE_MS)
      if (stopping) break
      continue
    }
    deps.touched()
    if (outcome.fenced) return
    for (const one of outcome.send) launch(deps, options, {lane, control, attempt: one})
    // A request is written a turn of the event loop later: without one, the next transaction would come first.
    if (outcome.send.length > 0) await new Promise(setImmediate)
    if (lane.inFlight.size > 0 || outcome.wakeAt !== null) idleSince = clock.monotonic()
    if (stopping && lane.inFlight.size === 0 && lane.finished.length === 0) break
    if (stopping && clock.monotonic() - idleSince > SHUTDOWN_MS) break
    if (lane.inFlight.size === 0 && clock.monotonic() - idleSince > IDLE_MS) break
    if (lane.finished.length === 0 && !outcome.more) await control.waker.wait(pause(deps, outcome.wakeAt, stopping))
    await gather(deps, lane, control)
  }
  await safely(deps, options, () => giveBack(options, lane))
}

/**
 * Answers share a transaction, since each costs a write to disk: a step waits a moment until half of what was on the
 * wire has been answered. The rest keeps the provider busy meanwhile.
 */
async function gather({clock}: Deps, lane: LaneMemory, control: Control): Promise<void> {
  const until = clock.monotonic() + GATHER_MS
  control.gathering = true
  for (let left = GATHER_MS; left > 0 && lane.finished.length > 0 && !isEnough(lane);) {
    await control.waker.wait(left)
    left = until - clock.monotonic()
  }
  control.gathering = false
}

const isEnough = ({finished, inFlight}: LaneMemory) => finished.length >= inFlight.size

const pause = ({clock}: Deps, wakeAt: number | null, stopping: boolean) =>
  Math.max(1, Math.min(stopping ? 100 : IDLE_MS, wakeAt === null ? IDLE_MS : wakeAt - clock.now()))

/** Trouble of the store is waited out: nothing is lost, and results in memory are written when it is back. */
async function safely<T>(deps: Deps, {configId}: LaneOptions, run: () => Promise<T>): Promise<T | 'trouble'> {
  try {
    return await run()
  } catch (error) {
    deps.log.warn({config: configId, error: messageOf(error)}, 'a lane could not work')
    if (error instanceof PytakeError) return 'trouble'
    throw error
  }
}

interface Flight {
  lane: LaneMemory
  control: Control
  attempt: Attempt
}

function launch(deps: Deps, options: LaneOptions, {lane, control, attempt}: Flight): void {
  const {message} = attempt
  lane.inFlight.set(message.recipient, attempt)
  const startedAt = deps.clock.now()
  const report = (result: SendResult | 'not_sent') => {
    lane.inFlight.delete(message.recipient)
    if (result === 'not_sent') lane.unsent.push(attempt)
    else {
      const {attemptId, content: sent} = attempt
      lane.finished.push({message, attemptId, sent, result, startedAt, endedAt: deps.clock.now()} satisfies Finished)
    }
    if (!control.gathering || isEnough(lane)) control.waker.wake()
  }
  void sendOne(deps, options, lane, attempt).then(report, (error: unknown) => {
    // A channel reports trouble as a result; whatever it throws came after we handed the message over.
    report({
      outcome: 'unknown',
      error: {code: 'exception', class: 'unknown', message: messageOf(error), nextStep: 'pytake message show ID'},
    })
  })
}

async function sendOne(
  deps: Deps,
  options: LaneOptions,
  lane: LaneMemory,
  attempt: Attempt,
): Promise<SendResult | 'not_sent'> {
  const {channel} = options
  const account = await options.account(attempt.config)
  const content = await mediaOrRefusal(options, attempt.content, account)
  if ('refusal' in content) return content.refusal
  // Nobody may write to the socket whose lease could be over by then.
  if (deps.clock.monotonic() > lane.leaseEnds - LEASE_MARGIN_MS) return 'not_sent'
  const result = await channel.send(
    {
      to: parseAddress(attempt.message.recipient),
      content: content.content,
      replyTo: attempt.message.replyTo,
      callbackData: `${attempt.message.id}.${attempt.attemptId}`,
    },
    account,
    watched(deps),
  )
  deps.crash('lane.answer_read')
  return result
}

/** Passes a crash point once the request has been written; bytes leave at the end of the tick that starts it. */
function watched({http, crash}: Deps): Http {
  if (crash === noCrash) return http
  const onStart = () => void setImmediate(() => crash('lane.request_written'))
  return {...http, request: (request) => http.request({...request, onStart})}
}

/** Uploading comes before the message exists for the provider, so its failure is a refusal and may be tried again. */
async function mediaOrRefusal(
  options: LaneOptions,
  content: Content,
  account: Account,
): Promise<{content: Content} | {refusal: SendResult}> {
  try {
    return {content: await options.withMedia(content, account)}
  } catch (error) {
    const blocked = error instanceof HttpError && error.code === 'blocked'
    const message = `The file could not be given to the provider: ${messageOf(error)}`
    return {
      refusal: {
        outcome: 'refused',
        error: blocked
          ? {code: 'link_blocked', class: 'fix_request', message, nextStep: 'Use a public link, or upload the file.'}
          : {code: 'media_upload', class: 'retry_after', message, nextStep: 'pytake message show ID'},
      },
    }
  }
}
