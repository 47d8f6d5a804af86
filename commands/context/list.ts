import {PytakeCommand} from '../../src/cli/command.ts'
import {contextRow, type ContextRow} from '../../src/cli/context-rows.ts'
import {currentContext, listContexts} from '../../src/cli/contexts.ts'
import {onOnePage} from '../../src/operations/list.ts'

export default class ContextList extends PytakeCommand {
  static override summary = 'List where commands can act.'

  async run() {
    await this.parse(ContextList)
    const current = currentContext(this.io.env).name
    const rows = listContexts(this.io.env).map((context) => contextRow(context, current))
    await this.list<ContextRow>(onOnePage(rows), {
      current: (row) => (row.current ? '*' : ''),
      name: (row) => row.name,
      kind: (row) => (row.production ? 'production' : row.kind),
      address: (row) => row.address,
    })
  }
}
