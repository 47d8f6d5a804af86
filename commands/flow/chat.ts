import {existsSync} from 'node:fs'
import {basename, dirname, join, resolve} from 'node:path'
import {string} from '@oclif/core/args'
import {string as text} from '@oclif/core/flags'
import {systemClock} from '../../src/base/clock.ts'
import {formatTime, inZone} from '../../src/base/dates.ts'
import {PytakeError} from '../../src/base/errors.ts'
import {PytakeCommand} from '../../src/cli/command.ts'
import {writeFile} from '../../src/cli/files.ts'
import {flowWithOthers} from '../../src/cli/flow-beside.ts'
import {refuseUnreadable} from '../../src/cli/flow-rows.ts'
import {flowVariables} from '../../src/cli/flow-variables.ts'
import {isColoured} from '../../src/cli/paint.ts'
import {chatWithFlow} from '../../src/operations/flow-chat.ts'

export default class FlowChat extends PytakeCommand {
  static override summary = 'Talk to a flow in the terminal, without a server.'
  static override description =
    'Type, or choose an option with the arrows and Enter. Time stands still until you say :advance 2h; calls are answered by the mocks ' +
    'of the test beside the flow, else by you with :answer 200 {…}. :save FILE writes the dialogue as a test that passes.'
  static override examples = ['<%= config.bin %> flow chat flows/menu.yaml']
  static override args = {file: string({description: 'A flow file.', required: true})}
  static override flags = {
    name: text({summary: 'Name of the customer; empty for one whose name is not known.'}),
    var: text({summary: 'Value of ${var.NAME}, over those of pytake.yaml: NAME=VALUE.', multiple: true}),
  }

  async run() {
    const {args, flags} = await this.parse(FlowChat)
    const {stdin, stdout} = this.io
    if (!stdin.isTTY || !stdout.isTTY) {
      throw new PytakeError('BAD_REQUEST', 'Talking to a flow needs a terminal.', {
        help: 'In a script a test does it: pytake flow test --help',
      })
    }
    const {chat, problems} = await this.call(chatWithFlow, {
      ...flowWithOthers(this.io, args.file),
      variables: await flowVariables(this.io, flags),
      contact: flags.name === undefined ? {} : {name: flags.name || null},
      now: systemClock.now(),
    })
    if (!chat) throw refuseUnreadable(problems.map((problem) => ({...problem, severity: 'error'})))
    const {openChatScreen} = await import('../../src/console/chat/open.tsx')
    const zone = chat.setting.settings?.timezone ?? 'America/Sao_Paulo'
    const code = await openChatScreen({
      chat,
      title: `${chat.flow.definition.name} · ${args.file}`,
      coloured: isColoured(this.io, stdout),
      clock: (at) => formatTime(inZone(at, zone), '%a %d/%m %H:%M'),
      save: (path, test, replace) => {
        // A test is found beside its flow, so that is where a bare name is meant to be.
        const place = path === basename(path) ? join(dirname(args.file), path) : path
        if (!replace && existsSync(resolve(this.io.cwd, place)))
          throw new PytakeError('CONFLICT', `${place} is there already. :save! replaces it.`)
        writeFile(this.io, place, test)
        return place
      },
    })
    this.exit(code)
  }
}
