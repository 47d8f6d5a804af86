import {fileURLToPath} from 'node:url'
import {Config} from '@oclif/core/config'
import {CommandHelp} from '@oclif/core/help'
import {expect, it} from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))

it('shows no usage with a choice that has nothing in it', async () => {
  const config = await Config.load({root})
  expect(config.commands.length).toBeGreaterThan(100)
  for (const command of config.commands) {
    const [, usage = ''] = new CommandHelp(command, config, {maxWidth: 1000, stripAnsi: true}).generate().split('USAGE')
    const [line = ''] = usage.trim().split('\n\n')
    expect(line, command.id).toMatch(/^\$ pytake /)
    expect(line, command.id).not.toMatch(/\| *[\])|]|[[(] *[\])|]/)
  }
})
