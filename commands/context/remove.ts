import {string} from '@oclif/core/args'
import {PytakeCommand} from '../../src/cli/command.ts'
import {yesFlag} from '../../src/cli/flags.ts'
import {getContext, removeContext} from '../../src/cli/contexts.ts'

export default class ContextRemove extends PytakeCommand {
  static override summary = 'Forget a server and its token. Nothing on the server changes.'
  static override args = {name: string({description: 'A name from "pytake context list".', required: true})}
  static override flags = {...yesFlag}

  async run() {
    const {args, flags} = await this.parse(ContextRemove)
    const {name} = getContext(this.io.env, args.name)
    await this.confirmHere(`Forget context ${name} and its token?`, flags.yes)
    await removeContext(this.io.env, name)
    this.show({name, removed: true}, {name})
    this.done(`Context ${name} is forgotten.`)
  }
}
