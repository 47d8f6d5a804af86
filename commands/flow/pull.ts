import {mkdirSync, writeFileSync} from 'node:fs'
import {dirname, join, relative, resolve} from 'node:path'
import {string} from '@oclif/core/args'
import {string as text} from '@oclif/core/flags'
import {PytakeError} from '../../src/base/errors.ts'
import {deployedFlows} from '../../src/cli/deployed-flows.ts'
import {flowFilesIn, readText} from '../../src/cli/files.ts'
import {yesFlag} from '../../src/cli/flags.ts'
import {flowVariables} from '../../src/cli/flow-variables.ts'
import {type Columns, table, tsv} from '../../src/cli/output.ts'
import {findProject} from '../../src/cli/project.ts'
import {TenantCommand} from '../../src/cli/tenant-command.ts'
import {keyOfFlowFile, mergeFlowFile} from '../../src/operations/flow-source.ts'

interface Pulled {
  flow: string
  file: string
  change: 'new' | 'merged' | 'replaced' | 'none'
  text: string
}

const columns: Columns<Pulled> = {
  flow: ({flow}) => flow,
  file: ({file}) => file,
  change: ({change}) => change,
}

export default class FlowPull extends TenantCommand {
  static override summary =
    'Write what is live into the flow files here; comments and order of existing files are kept.'
  static override description = 'Without a flow: all that are live. Files of other flows are not touched.'
  static override strict = false
  static override args = {flow: string({description: 'Keys, ids or names.'})}
  static override flags = {
    dir: text({summary: 'Folder of the files; the folder of flows of the project unless told.'}),
    var: text({summary: 'Value of ${var.NAME}, over those of pytake.yaml: NAME=VALUE.', multiple: true}),
    ...yesFlag,
  }

  async run() {
    const {argv, flags} = await this.parse(FlowPull)
    const folder = flags.dir ?? (await this.folder())
    const here = await this.filesHere(folder)
    const variables = await flowVariables(this.io, flags)
    const pulled: Pulled[] = []
    const call: typeof this.call = (operation, input) => this.call(operation, input)
    for (const {flow, source, definition} of await deployedFlows(call, argv as string[])) {
      const file = here.get(flow)
      const merged = await this.call(mergeFlowFile, {
        deployed: {source, definition: definition as Record<string, unknown>},
        file: file === undefined ? undefined : {name: file, text: readText(this.io, file)},
        variables,
      })
      pulled.push({flow, file: file ?? newFile(folder, flow), ...merged})
    }
    const changed = pulled.filter(({change}) => change !== 'none')
    if (changed.some(({change}) => change !== 'new'))
      await this.confirmHere(`Change ${changed.map(({file}) => file).join(', ')}?`, flags.yes)
    for (const {file, text: content} of changed) this.write(file, content)
    await this.tell(pulled)
    const replaced = pulled.filter(({change}) => change === 'replaced')
    for (const {file} of replaced) this.warning(`${file} was written anew: its comments could not be kept.`)
    this.done(changed.length === 0 ? 'All files say what is live.' : `${changed.length} written.`)
  }

  private async folder(): Promise<string> {
    const project = await findProject(this.io.cwd)
    const folder = project ? join(dirname(project.path), project.flows ?? 'flows') : resolve(this.io.cwd, 'flows')
    return relative(this.io.cwd, folder) || '.'
  }

  /** Which file holds which flow. */
  private async filesHere(folder: string): Promise<Map<string, string>> {
    const path = resolve(this.io.cwd, folder)
    mkdirSync(path, {recursive: true})
    const names = flowFilesIn(path, folder)
    const files = names.map((name) => ({name, text: readText(this.io, name)}))
    const {keys} = await this.call(keyOfFlowFile, {files})
    return new Map(keys.flatMap(({file, flow}) => (flow === null ? [] : [[flow, file] as const])))
  }

  private write(file: string, content: string): void {
    writeFileSync(resolve(this.io.cwd, file), content)
  }

  private async tell(pulled: readonly Pulled[]): Promise<void> {
    const {stdout} = this.io
    if (this.wantsJson) return this.show({data: pulled.map(({flow, file, change}) => ({flow, file, change}))}, {})
    stdout.write(stdout.isTTY ? await table(pulled, columns, stdout) : tsv(pulled, columns))
  }
}

/** The key comes from elsewhere, and becomes a path here. */
function newFile(folder: string, flow: string): string {
  if (/^[a-z0-9-]{1,64}$/.test(flow)) return join(folder, `${flow}.yaml`)
  throw new PytakeError('INVALID_FILE', `"${flow}" is no key of a flow: no file can be named after it.`)
}
