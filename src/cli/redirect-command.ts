import {string} from '@oclif/core/args'
import {string as text} from '@oclif/core/flags'
import type {z} from 'zod'
import {PytakeError} from '../base/errors.ts'
import {redirectFlowSessions} from '../operations/flow-sessions.ts'
import {yesFlag} from './flags.ts'
import {TenantCommand} from './tenant-command.ts'

type Choice = z.input<(typeof redirectFlowSessions)['input']>['choice']

export const whomArgs = {session: string({description: 'Ids of sessions; else --flow says who.'})}
export const whomFlags = {
  flow: text({summary: 'Everybody in this flow: key, id or name.'}),
  node: text({summary: 'Only those at this node of it.', dependsOn: ['flow']}),
  ...yesFlag,
}

interface Whom {
  flow?: string
  node?: string
  yes: boolean
}

/** Base of commands that send people who are inside a flow somewhere else. */
export abstract class RedirectCommand extends TenantCommand {
  protected async redirect(sessions: readonly string[], {flow, node, yes}: Whom, choice: Choice, what: string) {
    if ((sessions.length === 0) === (flow === undefined))
      throw new PytakeError('BAD_REQUEST', 'Whom? Give ids of sessions, or --flow.', {
        help: 'pytake flow sessions list',
      })
    if (flow !== undefined) await this.confirm(`${what} everybody in ${flow}${node ? ` at ${node}` : ''}?`, yes)
    const whom = flow === undefined ? {sessions: [...sessions]} : {flow, node}
    const answer = await this.call(redirectFlowSessions, {...whom, choice})
    const count = answer.redirected.length
    this.show(answer, {redirected: count})
    this.done(`${count === 1 ? '1 person' : `${count} people`}: the server does it in the next seconds.`)
  }
}
