import {integer, string} from '@oclif/core/flags'
import {PytakeCommand} from '../src/cli/command.ts'
import {untilStopped} from '../src/cli/until-stopped.ts'

export default class Sandbox extends PytakeCommand {
  static override summary = "Run stand-ins for Meta's Graph API, Evolution and four ERPs on this machine."
  static override examples = ["<%= config.bin %> sandbox --fault 'POST */messages: 500 10%'"]
  static override flags = {
    port: integer({summary: 'Port of the Graph API.', default: 9400, min: 0, max: 65_535}),
    'evolution-port': integer({summary: 'Port of Evolution.', default: 9401, min: 0, max: 65_535}),
    'erp-port': integer({summary: 'Port of the ERPs.', default: 9402, min: 0, max: 65_535}),
    server: string({summary: 'The PyTake server that webhooks go to.', default: 'http://127.0.0.1:8080'}),
    'evolution-config': string({summary: "Id of the config that gets Evolution's webhooks."}),
    fault: string({summary: 'Something that goes wrong: METHOD PATH: ACTION [P%]. May be repeated.', multiple: true}),
    latency: integer({summary: 'Milliseconds before each answer.', min: 0}),
  }

  async run() {
    const {flags} = await this.parse(Sandbox)
    const {erpCredentials, standing, startStandAlone} = await import('../src/sandbox/stand-alone.ts')
    const {introduction} = await import('../src/sandbox/introduction.ts')
    const sandbox = await startStandAlone({
      cloudPort: flags.port,
      evolutionPort: flags['evolution-port'],
      erpPort: flags['erp-port'],
      faults: flags.fault ?? [],
      latencyMs: flags.latency,
      server: flags.server,
      evolutionConfig: flags['evolution-config'],
    })
    const {cloudUrl, evolutionUrl, erpUrl} = sandbox
    if (this.wantsJson)
      this.io.stdout.write(`${JSON.stringify({cloudUrl, evolutionUrl, erpUrl, erp: erpCredentials, ...standing})}\n`)
    this.done(
      `Graph API on ${cloudUrl} · Evolution on ${evolutionUrl} · ERPs on ${erpUrl} · webhooks go to ${flags.server}`,
    )
    for (const line of introduction(sandbox, {evolutionConfig: flags['evolution-config']})) this.say(`  ${line}`)
    this.exit(await untilStopped(() => sandbox.close()))
  }
}
