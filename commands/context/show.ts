import {string} from '@oclif/core/args'
import {PytakeCommand} from '../../src/cli/command.ts'
import {contextFields, contextRow} from '../../src/cli/context-rows.ts'
import {currentContext, getContext} from '../../src/cli/contexts.ts'

export default class ContextShow extends PytakeCommand {
  static override summary = 'Show where commands act: here and now, or a context by name.'
  static override args = {name: string({description: 'A name from "pytake context list".'})}

  async run() {
    const {args} = await this.parse(ContextShow)
    const context = args.name === undefined ? (await this.where()).context : getContext(this.io.env, args.name)
    const row = contextRow(context, currentContext(this.io.env).name)
    this.show(row, contextFields(row))
  }
}
