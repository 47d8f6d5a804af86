import {sql} from 'kysely'
import {notFound, PytakeError} from '../base/errors.ts'
import {compile} from '../flow/compile.ts'
import {choiceProblem} from '../flow/live-policy.ts'
import type {LiveChoice} from '../flow/shape.ts'
import type {TenantDb} from '../store/stores.ts'
import {takeLock} from '../store/tenant-lock.ts'
import {inList} from '../store/in-list.ts'
import {deployedFlows} from './deployed.ts'
import {queueRedirects, TURNS_LOCK} from './redirects.ts'

/** Who is meant: these sessions, or everybody who stands somewhere. */
export interface Meant {
  sessions?: readonly string[]
  /** Id of the flow they are in. */
  flow?: string
  node?: string
}

/**
 * Tells people who are inside a flow to go somewhere else in its live release. Returns whom. Throws `CONFLICT` when there is
 * nobody, or a person has one who was named.
 */
export async function redirectPeople(
  db: TenantDb,
  meant: Meant,
  choice: LiveChoice,
  {now, key}: {now: number; key: string},
): Promise<string[]> {
  return db.write(async (tx) => {
    await takeLock(tx, TURNS_LOCK)
    let query = tx.db
      .selectFrom('flow_sessions')
      .select(['id', 'conversation_id', 'config_id', 'release', 'status', 'current_node_id'])
      .where(sql<boolean>`status IN ('active', 'calling', 'transferred')`)
    if (meant.sessions) query = query.where(inList(tx.engine, 'id', [...meant.sessions]))
    if (meant.node !== undefined) query = query.where('current_node_id', '=', meant.node)
    const found = await query.execute()
    refuseAbsent(meant, found)
    const flows = await flowsOf(tx.db)
    const free = found.filter(({status}) => status !== 'transferred')
    const told: string[] = []
    for (const flow of flows) {
      if (meant.flow !== undefined && flow.id !== meant.flow) continue
      const inside = free.filter(({release}) => flow.releases.has(release))
      if (inside.length > 0 || flow.id === meant.flow) refuseUnreachable(flow, choice)
      const sessions = inside.map(({id, conversation_id: conversation, config_id: config}) => ({
        ...{session: id, conversation, config},
      }))
      const redirect = {flow: flow.key, policy: {default: choice}, by: 'person'} as const
      await queueRedirects(tx, sessions, redirect, {key, now})
      told.push(...inside.map(({id}) => id))
    }
    if (told.length === 0) throw new PytakeError('CONFLICT', 'Nobody is there.', {help: 'pytake flow sessions list'})
    return told
  })
}

type Found = {id: string; status: string | null}

function refuseAbsent({sessions}: Meant, found: readonly Found[]): void {
  if (!sessions) return
  const known = new Map(found.map((row) => [row.id, row]))
  const absent = sessions.find((id) => !known.has(id))
  if (absent !== undefined) throw notFound(`A session "${absent}" that goes on`, 'pytake flow sessions list')
  const held = sessions.find((id) => known.get(id)?.status === 'transferred')
  if (held === undefined) return
  throw new PytakeError('CONFLICT', `A person has the conversation of session ${held}.`, {
    help: 'Give it back first: pytake conversation return ID',
  })
}

type FlowInUse = Awaited<ReturnType<typeof flowsOf>>[number]

async function flowsOf(db: Parameters<typeof deployedFlows>[0]) {
  const flows = await deployedFlows(db)
  const rows = await db.selectFrom('flow_releases').select(['flow_id', 'release']).execute()
  const releases = new Map<string, Set<string>>()
  for (const {flow_id: id, release} of rows) releases.set(id, (releases.get(id) ?? new Set()).add(release))
  return flows.map((flow) => ({...flow, releases: releases.get(flow.id) ?? new Set<string>()}))
}

function refuseUnreachable({key, live, definition}: FlowInUse, choice: LiveChoice): void {
  if (!live) {
    const why = `The flow "${key}" is off the air: there is no live release to move to.`
    throw new PytakeError('CONFLICT', why, {help: `pytake flow rollback ${key}`})
  }
  if (typeof choice === 'string') return
  const nodes = new Set(definition.nodes.map(({id}) => id))
  const problem = choiceProblem(choice, nodes, Object.keys(compile(definition, '').vars))
  if (!problem) return
  const {message, hint} = problem.finding
  throw new PytakeError('VALIDATION_ERROR', [`${key}: ${message}`, hint].filter(Boolean).join(' '), {
    details: [{field: `choice.${problem.key}`, message}],
  })
}
