import {string} from '@oclif/core/args'
import {boolean} from '@oclif/core/flags'
import {yesFlag} from '../../src/cli/flags.ts'
import {TenantCommand} from '../../src/cli/tenant-command.ts'
import {discardFlowDraft, removeFlowOperation, showFlow} from '../../src/operations/flows.ts'

export default class FlowRemove extends TenantCommand {
  static override summary = 'Take a flow off the air. People who are inside finish on their release.'
  static override args = {flow: string({description: 'Key, id or name.', required: true})}
  static override flags = {
    draft: boolean({summary: 'Only throw away the draft that waits; what is live stays.'}),
    ...yesFlag,
  }

  async run() {
    const {args, flags} = await this.parse(FlowRemove)
    const {id, flow, version} = await this.call(showFlow, {id: args.flow})
    if (flags.draft || version === 0) return this.#discard({id, flow}, flags.yes)
    await this.confirm(`Take flow ${flow} off the air?`, flags.yes)
    await this.call(removeFlowOperation, {id})
    this.show({id, flow, removed: true}, {id})
    this.done(`Flow ${flow} answers nobody any more. Its releases are kept.`)
  }
  async #discard({id, flow}: {id: string; flow: string}, yes: boolean): Promise<void> {
    await this.confirm(`Throw away the draft of flow ${flow}?`, yes)
    await this.call(discardFlowDraft, {id})
    this.show({id, flow, discarded: true}, {id})
    this.done(`The draft of flow ${flow} is gone.`)
  }
}
