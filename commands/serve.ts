import {join} from 'node:path'
import {boolean, integer, option, string} from '@oclif/core/flags'
import {PytakeCommand} from '../src/cli/command.ts'
import {untilStopped} from '../src/cli/until-stopped.ts'

export default class Serve extends PytakeCommand {
  static override summary = 'Run the server: webhooks, flows, sending, API.'
  static override examples = ['<%= config.bin %> serve', '<%= config.bin %> serve --only webhooks,sender --port 8081']
  static override flags = {
    host: string({summary: 'Address to listen on (API_HOST).'}),
    port: integer({summary: 'Port to listen on (API_PORT).', min: 0, max: 65_535}),
    only: option({
      options: ['webhooks', 'flows', 'api', 'sender', 'scheduler'] as const,
      multiple: true,
      delimiter: ',',
      summary: 'Only these roles in this process.',
    })(),
    'insecure-webhooks': boolean({summary: 'Do not check signatures of webhooks. For tests only.'}),
    'allow-unsafe-database': boolean({
      summary: 'Accept a PostgreSQL that can lose what it acknowledged (DATABASE_ALLOW_UNSAFE).',
    }),
  }

  async run() {
    const {flags} = await this.parse(Serve)
    const starting = import('../src/server.ts').then(({serve}) =>
      serve({
        env: this.io.env,
        templates: join(this.config.root, 'templates', 'flows'),
        host: flags.host,
        port: flags.port,
        only: flags.only,
        insecureWebhooks: flags['insecure-webhooks'],
        allowUnsafeDatabase: flags['allow-unsafe-database'] || undefined,
      }),
    )
    const serving = starting.then((server) => {
      for (const note of server.notes) this.warning(note)
      if (flags['insecure-webhooks']) this.warning('Signatures of webhooks are not checked.')
      this.say(`PyTake is ready on ${server.url} · webhook ${server.url}/api/v1/whatsapp/webhook`)
      if (server.reload) process.on('SIGHUP', server.reload)
      return untilTold
    })
    // A stop may come while it still starts; whether it could have is of no interest then.
    this.exit(await untilStopped(async () => (await starting.catch(() => undefined))?.stop(), serving))
  }
}

/** Serving ends when somebody says so, and not by itself. */
const untilTold = new Promise<void>(() => undefined)
