import {type Clock, systemClock} from '../base/clock.ts'
import type {Config} from '../base/config.ts'
import {createHttp, type Http} from '../base/http.ts'
import {createIds, type Ids, type Random, systemRandom} from '../base/ids.ts'
import {createHints, type Hints} from '../jobs/hints.ts'
import {type Logger, silentLogger} from '../observability/logger.ts'
import {openStores, type StoreOptions, type Stores} from '../store/stores.ts'
import {type Crash, noCrash} from './crash.ts'

/** Opened once, closed once. Functions take the few fields they need: `Pick<Runtime, 'stores' | 'clock'>`. */
export interface Runtime {
  readonly config: Config
  readonly clock: Clock
  readonly ids: Ids
  readonly random: Random
  readonly log: Logger
  readonly stores: Stores
  readonly http: Http
  readonly crash: Crash
  readonly hints: Hints
  /** The folder of the flows that come with the program, where it is known. */
  readonly templates: string | undefined
  close(): Promise<void>
}

export interface RuntimeOptions {
  config: Config
  clock?: Clock
  random?: Random
  log?: Logger
  crash?: Crash
  allowUnsafeDatabase?: boolean
  /** What the databases are brought to; the program's own when left out. */
  migrations?: StoreOptions['migrations']
  templates?: string
  /** Sockets to one provider. */
  connections?: number
}

/** What the stores need of the runtime's options. */
export function storeOptions(options: RuntimeOptions): StoreOptions {
  const {config, clock = systemClock, random = systemRandom, log = silentLogger, crash = noCrash} = options
  const {home, databaseUrl, databaseMax, databaseMin, encryptionKey, cacheMb} = config
  return {
    ...{home, databaseUrl, databaseMax, databaseMin, encryptionKey, cacheMb},
    allowUnsafeDatabase: options.allowUnsafeDatabase ?? config.databaseAllowUnsafe,
    migrations: options.migrations,
    ...{clock, random, log, crash},
    ids: createIds(clock, random),
  }
}

export async function openRuntime(options: RuntimeOptions): Promise<Runtime> {
  const {config, clock = systemClock, random = systemRandom, log = silentLogger, crash = noCrash} = options
  const opening = storeOptions(options)
  const {ids} = opening
  const stores = await openStores(opening)
  const http = createHttp({clock, connections: options.connections ?? 32, allowNetworks: config.allowNetworks})
  return {
    config,
    clock,
    ids,
    random,
    log,
    stores,
    http,
    crash,
    hints: createHints({control: stores.control, clock, log}),
    templates: options.templates,
    async close() {
      await http.close()
      await stores.close()
    },
  }
}
