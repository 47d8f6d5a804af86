import {join} from 'node:path'
import {boolean, integer} from '@oclif/core/flags'
import {PytakeCommand} from '../src/cli/command.ts'
import {removeContext, saveContext} from '../src/cli/contexts.ts'
import {demoHints} from '../src/cli/demo-hints.ts'
import {eventRenderer} from '../src/cli/event-line.ts'
import {isColoured} from '../src/cli/paint.ts'
import {untilStopped} from '../src/cli/until-stopped.ts'
import type {Demo} from '../src/demo.ts'

const HUNG_UP = 129

export default class DemoCommand extends PytakeCommand {
  static override summary = 'See the platform at work: server, stand-ins for WhatsApp and a dozen customers.'
  static override flags = {
    once: boolean({summary: 'End when the customers have said what they had to.'}),
    port: integer({summary: 'Port of the server; 0 takes a free one.', default: 0, min: 0, max: 65_535}),
  }

  async run() {
    const {flags} = await this.parse(DemoCommand)
    const starting = this.begin(flags.port, flags.once)
    // Heard from the first moment on: Ctrl-C while all of it starts must not leave a folder behind.
    const code = await untilStopped(
      async () => this.end(await starting),
      starting.then((demo) => this.accompany(demo, flags.once)),
    )
    const {lost, twice} = this.#summary ?? {lost: 0, twice: 0}
    this.exit(flags.once && lost + twice > 0 ? 1 : code)
  }

  private async begin(port: number, brief: boolean): Promise<Demo> {
    const {env, osUser, stdout} = this.io
    const {startDemo} = await import('../src/demo.ts')
    // With its terminal the demo goes at once, without a word to nobody: its folder goes when the process exits. nohup has no terminal.
    if (stdout.isTTY) process.once('SIGHUP', () => process.exit(HUNG_UP))
    const render = eventRenderer({width: stdout.isTTY ? stdout.columns : undefined, color: isColoured(this.io, stdout)})
    this.say('PyTake demo · data in a temporary folder · no WhatsApp account needed')
    this.say('')
    const demo = await startDemo({
      templates: join(this.config.root, 'templates'),
      brief,
      port,
      osUser,
      onStep: (name, text) => this.done(`${name.padEnd(10)} ${text}`),
      onEvent: (event) => {
        const line = this.wantsJson ? JSON.stringify(event) : render(event)
        if (line !== undefined) stdout.write(`${line}\n`)
      },
    })
    await saveContext(env, 'demo', {kind: 'folder', home: demo.home, pid: process.pid})
    return demo
  }

  /** Resolves when the demo is over by itself: never, unless it was to run once. */
  private async accompany(demo: Demo, once: boolean): Promise<void> {
    if (!once) await this.hint()
    await demo.finished
    if (once) return
    // Whoever pressed Ctrl-C meanwhile gets the summary from there.
    if (!this.#ending) {
      await this.tell(demo)
      await this.hint()
      demo.goOn()
    }
    await new Promise(() => undefined)
  }

  #ending = false
  #summary: {lost: number; twice: number} | undefined

  private async end(demo: Demo): Promise<void> {
    this.#ending = true
    await demo.leave()
    await this.tell(demo)
    await removeContext(this.io.env, 'demo').catch(() => undefined)
    await demo.stop()
  }

  private async tell(demo: Demo): Promise<void> {
    const summary = await demo.summary()
    this.#summary = summary
    const {customers, in: said, out, delivered, lost, twice} = summary
    this.say('')
    this.say(
      `${customers} customers · ${said} messages in · ${out} out · ${delivered} delivered · ${lost} lost · ${twice} twice`,
    )
  }

  private async hint(): Promise<void> {
    const lines = await demoHints(this.io)
    for (const line of ['', ...lines, '']) this.say(line)
  }
}
