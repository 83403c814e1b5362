import type { Database } from 'better-sqlite3'
import { indexed } from '../../core/search-words.ts'

/** Functions that the schema's triggers and the queries call. Every connection that writes needs them. */
export function addFunctions(db: Database): void {
  db.function('search_words', { deterministic: true }, (text: unknown) => indexed(String(text)))
}
