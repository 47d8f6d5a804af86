import {readdirSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {describe, expect, test} from 'vitest'
import {parseDuration} from '../../src/base/duration.ts'
import {runTurn} from '../../src/flow/engine.ts'
import {nodeTypes} from '../../src/flow/registry.ts'
import type {CallResult, Effect, Input, Json, Session, Turn, World} from '../../src/flow/session.ts'
import {fixtureFlows, fixtures, NOW, readFixture, sent, tapped, typed, worldOf} from './world.ts'

/**
 * One file of cases per kind of node, beside the flow it runs on. Run with UPDATE_GOLDEN=1 to write what came out, and
 * read the difference before committing it.
 */
interface Case {
  name: string
  world?: Partial<World>
  steps: Step[]
}

interface Step {
  start?: string | null
  vars?: Record<string, Json>
  say?: string
  tap?: string
  oldTap?: string
  photo?: string
  location?: {latitude: number; longitude: number; name?: string}
  silence?: string
  result?: CallResult
  returned?: 'returned' | 'timeout' | 'closed'
  /** Sends the input with this number instead of the current one. */
  number?: number
  then?: unknown
}

const flows = fixtureFlows()

function inputOf(step: Step, session: Session | null, at: number): Input {
  const number = step.number ?? session?.number ?? 0
  if (step.start !== undefined)
    return {kind: 'start', message: step.start === null ? undefined : typed(step.start, at), vars: step.vars}
  if (step.silence !== undefined) return {kind: 'timeout', number}
  if (step.result) return {kind: 'result', number, result: step.result}
  if (step.returned) return {kind: 'returned', number, outcome: step.returned}
  return {kind: 'message', message: messageOf(step, session, at)}
}

function messageOf(step: Step, session: Session | null, at: number) {
  if (step.tap !== undefined) {
    const option = session?.options.find((one) => one.title === step.tap)
    return tapped(option?.id ?? 'unknown', step.tap, at)
  }
  if (step.oldTap !== undefined) return tapped('old/menu/0', step.oldTap, at)
  if (step.photo !== undefined) {
    const media = {mime_type: 'image/jpeg', sha256: 'abc'}
    return sent({kind: 'image', media, caption: step.photo}, {text: step.photo, media, at})
  }
  if (step.location) return sent({kind: 'location', ...step.location}, {location: step.location, at})
  return typed(step.say ?? '', at)
}

/** Effects without what is the same in all of them. */
function shortEffect(effect: Effect): unknown {
  if (effect.kind !== 'event') return effect
  const data = Object.entries(effect.data).filter(([key]) => key !== 'session' && key !== 'release')
  return {[effect.type]: Object.fromEntries(data)}
}

function shortTurn({session, effects}: Turn): unknown {
  const {flow, node, status, vars, number, response, outcome, waiting, stack, result} = session
  const inside = stack.map((frame) => `${frame.flow}/${frame.node}`)
  const place = {flow, node, status, number, response, outcome, vars, waiting, stack: inside, result}
  const expires = session.expiresAt - NOW
  return JSON.parse(JSON.stringify({effects: effects.map(shortEffect), session: {...place, expires}})) as unknown
}

function play({world: change, steps}: Case, key: string): unknown[] {
  const world = worldOf(flows.values(), change)
  let now = NOW
  let session: Session | null = null
  return steps.map((step) => {
    now += parseDuration(step.silence ?? '1s') ?? 0
    const turn: Turn = runTurn({...world, now}, session, inputOf(step, session, now), flows.get(key))
    session = turn.session
    return shortTurn(turn)
  })
}

describe.each(readdirSync(fixtures).filter((file) => file.endsWith('.cases.json')))('%s', (file) => {
  const cases = JSON.parse(readFixture(file)) as Case[]
  const key = file.replace('.cases.json', '').replaceAll('_', '-')
  if (process.env.UPDATE_GOLDEN) {
    for (const one of cases) for (const [i, then] of play(one, key).entries()) Object.assign(one.steps[i] ?? {}, {then})
    writeFileSync(join(fixtures, file), `${JSON.stringify(cases, null, 2)}\n`)
  }
  test.each(cases)('$name', (one) => {
    expect(play(one, key)).toEqual(one.steps.map((step) => step.then))
  })
})

test('every kind of node has a flow and cases', () => {
  const files = readdirSync(fixtures)
  for (const type of Object.keys(nodeTypes))
    expect(files).toEqual(expect.arrayContaining([`${type}.yaml`, `${type}.cases.json`]))
})
