import {statSync} from 'node:fs'
import {join, resolve} from 'node:path'
import {string} from '@oclif/core/args'
import {PytakeError} from '../../src/base/errors.ts'
import {PytakeCommand} from '../../src/cli/command.ts'
import {listed, readText} from '../../src/cli/files.ts'
import {type Cassette, verifyErp} from '../../src/operations/erp-cassettes.ts'

const CHANGED = 3

export default class ErpVerify extends PytakeCommand {
  static override summary = 'Play recorded answers to the connectors and say which field changed.'
  static override description = 'Works on files alone. Exit code 3 when a field is not what it was.'
  static override strict = false
  static override args = {cassettes: string({description: 'Files, or folders of them.', required: true})}

  async run() {
    const {argv} = await this.parse(ErpVerify)
    const names = (argv as string[]).flatMap((name) => this.#files(name))
    const cassettes = names.map((name) => this.#read(name))
    const {results} = await this.call(verifyErp, {cassettes})
    if (this.wantsJson) this.show({results}, {})
    for (const [index, {ok, changes}] of results.entries()) {
      const name = names[index] ?? ''
      if (ok) this.done(name)
      else this.failed(`${name}: ${changes.length} fields changed`)
      for (const {field, was, is} of changes)
        this.say(`  ${field}  was ${JSON.stringify(was)}  is ${JSON.stringify(is)}`)
    }
    if (results.some(({ok}) => !ok)) this.exit(CHANGED)
  }

  #files(name: string): string[] {
    const folder = resolve(this.io.cwd, name)
    const isFolder = statSync(folder, {throwIfNoEntry: false})?.isDirectory() === true
    if (!isFolder) return [name]
    const files = listed({folder, shown: name, below: false}, (file) => file.endsWith('.json')).sort()
    if (files.length === 0) throw new PytakeError('BAD_REQUEST', `${join(name, '*.json')}: there is no cassette.`)
    return files
  }

  #read(name: string): Cassette {
    try {
      return JSON.parse(readText(this.io, name)) as Cassette
    } catch (error) {
      if (error instanceof PytakeError) throw error
      throw new PytakeError('INVALID_FILE', `${name} is no JSON.`)
    }
  }
}
