import {string} from '@oclif/core/args'
import {PytakeCommand} from '../../src/cli/command.ts'
import {contextFields, contextRow} from '../../src/cli/context-rows.ts'
import {getContext, selectContext} from '../../src/cli/contexts.ts'

export default class ContextUse extends PytakeCommand {
  static override summary = 'Choose where commands act from now on.'
  static override args = {name: string({description: 'A name from "pytake context list".', required: true})}

  async run() {
    const {args} = await this.parse(ContextUse)
    await selectContext(this.io.env, args.name)
    const row = contextRow(getContext(this.io.env, args.name), args.name)
    this.show(row, contextFields(row))
    this.done(`Commands act on ${args.name} now.`)
  }
}
