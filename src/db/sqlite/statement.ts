import type { Database, Statement } from 'better-sqlite3'

const prepared = new WeakMap<Database, Map<string, Statement>>()

/**
 * The prepared statement for `sql`, made once per database. Queries whose text varies without bound must not come
 * here; filters do not, for their text depends only on which conditions are set.
 */
export function statement<Row = unknown>(db: Database, sql: string): Statement<unknown[], Row> {
  let ofDb = prepared.get(db)
  if (!ofDb) prepared.set(db, (ofDb = new Map<string, Statement<unknown[], unknown>>()))
  let found = ofDb.get(sql)
  if (!found) ofDb.set(sql, (found = db.prepare(sql)))
  return found as Statement<unknown[], Row>
}
