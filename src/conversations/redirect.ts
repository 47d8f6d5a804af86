import type {Redirect} from '../deploy/redirects.ts'
import {choiceAt} from '../flow/live-policy.ts'
import type {SessionEntity} from './batch.ts'
import {moveSession} from './run.ts'
import type {Scene} from './scene.ts'

/**
 * A deploy or a person moves somebody who is inside a flow. It is decided now, by the node they stand at now: they may have
 * answered meanwhile. Whoever is with a person, has left the flow or is on the release already is left alone.
 */
export function redirect(scene: Scene, entity: SessionEntity, {flow, session: id, policy, by}: Redirect): void {
  const {session} = entity
  const live = scene.flows.byKey.get(flow)
  if (!live || session.id !== id || session.flow !== flow) return
  if (scene.conversation.row.holder !== 'bot' || session.status === 'transferred') return
  if (by === 'deploy' && session.release === live.compiled.release) return
  moveSession(scene, entity, live.compiled, choiceAt(policy, session.node))
}
