import type {KyselyPlugin} from 'kysely'
import type {Runtime} from '../../src/runtime/runtime.ts'
import type {Database, Tx} from '../../src/store/database.ts'

/** The same runtime, with every statement on its databases counted. */
export function counting(runtime: Runtime): {runtime: Runtime; statements(): number} {
  let count = 0
  const counter: KyselyPlugin = {
    transformQuery({node}) {
      count++
      return node
    },
    transformResult: ({result}) => Promise.resolve(result),
  }
  const counted = <S>(database: Database<S>): Database<S> => ({
    engine: database.engine,
    name: database.name,
    reclaim: () => database.reclaim(),
    close: () => database.close(),
    read: (run) => database.read((db) => run(db.withPlugin(counter))),
    write: (run) => database.write((tx) => run(withCount(tx))),
  })
  const withCount = <S>(tx: Tx<S>): Tx<S> => ({
    engine: tx.engine,
    db: tx.db.withPlugin(counter),
    insert: (...args) => (count++, tx.insert(...args)),
    insertNew: (...args) => (count++, tx.insertNew(...args)),
    update: (...args) => (count++, tx.update(...args)),
    leave: (...given) => tx.leave(...given),
    emit: (event) => tx.emit(event),
  })
  const {stores} = runtime
  return {
    runtime: {
      ...runtime,
      stores: {...stores, control: counted(stores.control), tenant: (id) => counted(stores.tenant(id))},
    },
    statements: () => count,
  }
}
