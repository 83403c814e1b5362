import type { Database } from 'better-sqlite3'
import type { DbClient } from '../../src/db/worker/client.ts'
import { queries } from '../../src/db/queries.ts'

type Query = (db: Database, ...args: unknown[]) => unknown

/** The client's interface on a database of this thread, for properties that need hundreds of projects. */
export function direct(db: Database): DbClient {
  const bound = Object.entries(queries as unknown as Record<string, Record<string, Query>>).map(([namespace, functions]) => [
    namespace,
    Object.fromEntries(Object.entries(functions).map(([name, query]) => [name, async (...args: unknown[]) => query(db, ...args)])),
  ])
  return { ...Object.fromEntries(bound), close: async () => {} } as unknown as DbClient
}
