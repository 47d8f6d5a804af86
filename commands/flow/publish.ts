import {string} from '@oclif/core/args'
import {string as text} from '@oclif/core/flags'
import {PytakeError} from '../../src/base/errors.ts'
import {yesFlag} from '../../src/cli/flags.ts'
import {releaseFields} from '../../src/cli/release-rows.ts'
import {TenantCommand} from '../../src/cli/tenant-command.ts'
import {publishFlow} from '../../src/operations/flow-authoring.ts'
import {showFlow} from '../../src/operations/flows.ts'

export default class FlowPublish extends TenantCommand {
  static override summary = 'Put the draft of a flow on the air, as its next release.'
  static override description =
    'Drafts are made over the API (POST and PUT /api/v1/flows). Files need none: pytake flow apply. Refused with exit code 6 when ' +
    'another release was published since the draft was saved.'
  static override args = {flow: string({description: 'Key, id or name.', required: true})}
  static override flags = {note: text({summary: 'Kept with the release.'}), ...yesFlag}

  async run() {
    const {args, flags} = await this.parse(FlowPublish)
    const {id, flow, draft, is_active: isLive} = await this.call(showFlow, {id: args.flow})
    if (!draft) {
      throw new PytakeError('NOT_FOUND', `Flow "${flow}" has no draft.`, {
        help: `An earlier release again: pytake flow rollback ${flow}`,
      })
    }
    await this.confirm(`Publish the draft of flow ${flow}${isLive ? ', over what is live' : ''}?`, flags.yes)
    const published = await this.call(publishFlow, {id, note: flags.note})
    this.show(published, releaseFields(published))
    this.done(`Flow ${flow} is live as r${published.version}.`)
  }
}
