import {boolean} from '@oclif/core/flags'
import {PytakeCommand} from '../src/cli/command.ts'
import {yesFlag} from '../src/cli/flags.ts'
import {armOperation, showInstallation} from '../src/operations/installation.ts'

export default class Arm extends PytakeCommand {
  static override summary = 'Let a copied or restored database send again.'
  static override description =
    'Two copies must never both message people, so a copy is disarmed. What was not final when this copy was made becomes ' +
    'unknown: the other one may have sent it. With --resend it is queued again. What was queued here since then is sent.'
  static override flags = {
    resend: boolean({summary: 'Queue again what was not final when the copy was made; people may get it twice.'}),
    ...yesFlag,
  }

  async run() {
    const {flags} = await this.parse(Arm)
    const {disarmed, queued} = await this.call(showInstallation, {})
    if (disarmed !== null) this.warning(disarmed)
    for (const {tenant, name, phone_number: phone, queued: count} of queued) {
      this.say(`  ${tenant} › ${name} ${phone}: ${count} ${count === 1 ? 'message is' : 'messages are'} queued`)
    }
    if (disarmed !== null) {
      const fate = flags.resend ? 'send what is queued' : 'make what is queued unknown'
      await this.confirm(`Is the other copy off for good? Arm this one, and ${fate}?`, flags.yes)
    }
    const answer = await this.call(armOperation, {resend: flags.resend})
    this.show(answer, {id: answer.id, settled: answer.settled})
    const fate = flags.resend ? 'queued again' : 'unknown now: pytake message list --status unknown'
    this.done(`Armed. ${answer.settled} messages are ${fate}.`)
  }
}
