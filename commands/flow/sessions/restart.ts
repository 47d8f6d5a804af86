import {RedirectCommand, whomArgs, whomFlags} from '../../../src/cli/redirect-command.ts'

export default class FlowSessionsRestart extends RedirectCommand {
  static override summary = 'Let people who are inside a flow begin its live release anew.'
  static override strict = false
  static override args = whomArgs
  static override flags = {...whomFlags}

  async run() {
    const {argv, flags} = await this.parse(FlowSessionsRestart)
    await this.redirect(argv as string[], flags, 'restart', 'Restart')
  }
}
