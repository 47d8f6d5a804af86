import {string} from '@oclif/core/flags'
import {RedirectCommand, whomArgs, whomFlags} from '../../../src/cli/redirect-command.ts'

export default class FlowSessionsMove extends RedirectCommand {
  static override summary = 'Move people who are inside a flow to a node of its live release.'
  static override examples = [
    '<%= config.bin %> flow sessions move 0192… --to menu',
    '<%= config.bin %> flow sessions move --flow atendimento --node fila_velha --to fila',
  ]
  static override strict = false
  static override args = whomArgs
  static override flags = {to: string({summary: 'The node.', required: true}), ...whomFlags}

  async run() {
    const {argv, flags} = await this.parse(FlowSessionsMove)
    await this.redirect(argv as string[], flags, {move: flags.to}, 'Move')
  }
}
