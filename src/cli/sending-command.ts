import {systemClock} from '../base/clock.ts'
import {showMessage} from '../operations/messages.ts'
import type {SentMessage} from '../operations/send.ts'
import {messageFields, outcomeOf} from './message-rows.ts'
import {TenantCommand} from './tenant-command.ts'
import {waitForMessage} from './wait-for-message.ts'

const FAILED = 1
const PENDING = 8

/** Base of commands that queue a message and tell what became of it. */
export abstract class SendingCommand extends TenantCommand {
  /** Exit 0 sent (or queued where nobody waits), 1 failed with the reason, 8 still pending. */
  protected async report({server, ...queued}: SentMessage, wait: boolean): Promise<void> {
    const look = () => this.call(showMessage, {id: queued.id})
    const message = server && wait ? await waitForMessage(systemClock, queued, look) : queued
    this.show(message, messageFields(message))
    if (!server) return this.done('queued; no server is running here. Start one: pytake serve')
    const outcome = outcomeOf(message)
    if (outcome === 'sent') return this.done(`${message.status ?? 'sent'}: ${message.whatsapp_message_id ?? ''}`)
    if (!wait) return this.done(`queued. How it goes: pytake message show ${message.id}`)
    if (outcome === 'failed') {
      this.failed(message.error_message ?? `The message is ${message.status ?? 'failed'}.`)
      if (message.next_step !== null) this.say(`  ${message.next_step}`)
      this.exit(FAILED)
    }
    const why = message.reason === null ? '' : `: ${message.reason.replace(/\.$/, '')}`
    this.warning(`Still ${message.status ?? 'queued'}${why}. How it goes: pytake message show ${message.id}`)
    this.exit(PENDING)
  }
}
