import {type Context, openContext} from './context.ts'
import type {Figure} from './figure.ts'
import {api} from './figures/api.ts'
import {deploy} from './figures/deploy.ts'
import {erp} from './figures/erp.ts'
import {faults} from './figures/faults.ts'
import {flowTests} from './figures/flow-tests.ts'
import {growth, growthOnPostgres} from './figures/growth.ts'
import {lint} from './figures/lint.ts'
import {memory} from './figures/memory.ts'
import {postgres} from './figures/postgres.ts'
import {sending} from './figures/sending.ts'
import {startUp} from './figures/start-up.ts'
import {sockets} from './figures/sockets.ts'
import {turns} from './figures/turns.ts'
import {webhooks} from './figures/webhooks.ts'

const all: Record<string, (context: Context) => Promise<Figure[]>> = {
  webhooks,
  turns,
  sending,
  postgres,
  lint,
  memory,
  faults,
  growth,
  'growth-postgres': growthOnPostgres,
  erp,
  'flow-tests': flowTests,
  deploy,
  sockets,
  api,
  'start-up': startUp,
}

const words = process.argv.slice(2)
const asked = words.filter((word) => !word.startsWith('--'))
const unknown = asked.filter((name) => !Object.hasOwn(all, name))
if (unknown.length > 0) {
  process.stderr.write(`There is no ${unknown.join(', ')}; there are ${Object.keys(all).join(', ')}.\n`)
  process.exit(2)
}

const context = await openContext(words.includes('--long'))
const figures: Figure[] = []
for (const [name, measure] of Object.entries(all)) {
  if (asked.length === 0 || asked.includes(name)) figures.push(...(await measure(context)))
}
await context.stop()
process.exitCode = figures.every((figure) => figure.ok) ? 0 : 1
