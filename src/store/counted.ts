import type {Database} from './database.ts'

/** The same database, and how many transactions of this process it has ended: counted before anybody is told of them. */
export function counted<S>(database: Database<S>): {database: Database<S>; commits: () => number} {
  let commits = 0
  return {
    database: {
      engine: database.engine,
      name: database.name,
      months: database.months,
      read: (run) => database.read(run),
      write: (run) => database.write(run).finally(() => commits++),
      reclaim: () => database.reclaim(),
      close: () => database.close(),
    },
    commits: () => commits,
  }
}
