import type { Database } from 'better-sqlite3'
import type { PairFilter, PairSort } from '../../contract/pairs.ts'
import { get as pairSet, members } from '../pair-sets/queries.ts'
import { statement } from '../sqlite/statement.ts'
import { countedKinds, type CountedKind } from './facets.ts'
import { tagIds } from './filter.ts'
import { searchState } from './search-index.ts'
import { fewFound, matchExpression } from './search.ts'

/** Where one way to a page gives way to another. Any values give the same pages. */
export type Limits = {
  /** So few pairs are looked up and sorted, instead of walking the queue's index until enough of them turn up. */
  few: number
  /**
   * So many pairs are asked for a text to fill a page: where it takes more, all that the text has are written down first, which
   * takes about as long.
   */
  probes: number
}
export const LIMITS: Limits = { few: 10_000, probes: 1000 }

/** `ids` holds every pair of the filter, and perhaps others, which `rest` keeps out. */
export type Narrowed = { ids: number[]; rest: PairFilter }

/**
 * The pairs of one of the filter's conditions, where one of them has few; null where all of them have many, so that a walk
 * along the queue soon finds a page.
 */
export function narrow(db: Database, filter: PairFilter, sort: PairSort, { few }: Limits): Narrowed | null {
  const { pairIds, ...withoutIds } = filter
  if (pairIds?.length) return { ids: [...new Set(pairIds)], rest: withoutIds }
  return (
    ofSet(db, filter, few) ??
    ofKind(db, filter, few) ??
    ofText(db, filter, sort, few) ??
    ofTags(db, filter, few) ??
    ofDuplicates(db, filter, few) ??
    ofRange(db, filter, sort, few)
  )
}

function ofSet(db: Database, { set, ...rest }: PairFilter, few: number): Narrowed | null {
  if (set === undefined) return null
  const { pairs } = pairSet(db, set) ?? { pairs: 0 }
  return pairs > few ? null : { ids: members(db, set, few), rest }
}

function ofKind(db: Database, filter: PairFilter, few: number): Narrowed | null {
  const { sources, splits, quadrants, statuses, scored, stale, missingImages } = filter
  if (
    ![sources, splits, quadrants, statuses].some((values) => values?.length) &&
    [scored, stale, missingImages].every((value) => value === undefined)
  )
    return null
  return ofKinds(db, countedKinds(db, filter), filter, few)
}

/** The pairs of a filter that no scan has scored, where they are few. */
export function fewUnscored(db: Database, filter: PairFilter, { few }: Limits): Narrowed | null {
  return ofKinds(
    db,
    countedKinds(db, filter).filter(({ quadrant }) => quadrant === ''),
    filter,
    few,
  )
}

function ofKinds(db: Database, kinds: readonly CountedKind[], rest: PairFilter, few: number): Narrowed | null {
  if (kinds.reduce((sum, { pairs }) => sum + pairs, 0) > few) return null
  return { ids: kinds.flatMap((kind) => pairsOfKind(db, kind)), rest }
}

/** Those that are stale or lack an image have indexes of their own: few of a large kind may be. */
function pairsOfKind(db: Database, { sourceId, split, status, quadrant, stale, incomplete }: CountedKind): number[] {
  const special = incomplete ? 'state_incomplete' : stale ? 'state_stale' : null
  const column = incomplete ? 'missing_images > 0' : 'stale = 1'
  const sql = special
    ? `SELECT pair_id AS id FROM pair_state INDEXED BY ${special}
       WHERE ${column} AND +source_id = ? AND +split = ? AND +status = ? AND coalesce(quadrant, '') = ?`
    : `SELECT pair_id AS id FROM pair_state INDEXED BY state_by_kind WHERE source_id = ? AND split = ? AND status = ? AND quadrant IS nullif(?, '')`
  return statement<{ id: number }>(db, sql)
    .all(sourceId, split, status, quadrant)
    .map(({ id }) => id)
}

function ofText(db: Database, { text, ...rest }: PairFilter, sort: PairSort, few: number): Narrowed | null {
  const alone = COLUMN_OF[sort] !== null && Object.values(rest).every((value) => value === undefined)
  const match = matchExpression(text ?? '')
  if (match === null) return null
  if (match === '') return { ids: [], rest }
  const ids = fewFound(db, match, alone ? Math.min(few, soonWalked(db)) : few)
  return ids && { ids, rest }
}

/**
 * More pairs than this are sooner met on a walk along the queue than looked up: a page of 100 walks past `100 * all / found`
 * entries of an index, while each look-up reads a page of the table, about eight times as slow. Only where nothing but the
 * text limits the queue, for other conditions may keep all that it finds from the walk.
 */
function soonWalked(db: Database): number {
  return Math.ceil(Math.sqrt((searchState(db).indexedTo * 100) / 8))
}

function ofTags(db: Database, { tags, ...rest }: PairFilter, few: number): Narrowed | null {
  if (!tags?.length) return null
  const ids = JSON.stringify(tagIds(db, tags))
  const counted = statement<{ n: number | null }>(db, 'SELECT sum(pairs) AS n FROM tags WHERE id IN (SELECT value FROM json_each(?))').get(
    ids,
  )
  if ((counted?.n ?? 0) > few) return null
  return { ids: numbers(db, 'SELECT DISTINCT pair_id AS id FROM pair_tags WHERE tag_id IN (SELECT value FROM json_each(?))', ids), rest }
}

function ofDuplicates(db: Database, { duplicates, ...rest }: PairFilter, few: number): Narrowed | null {
  if (!duplicates?.length) return null
  const found = numbers(
    db,
    'SELECT pair_id AS id FROM duplicates WHERE kind IN (SELECT value FROM json_each(?)) LIMIT ?',
    JSON.stringify(duplicates),
    few + 1,
  )
  return found.length > few ? null : { ids: [...new Set(found)], rest }
}

/** The pairs of a range, where it has few; the order of the same number needs no help. */
function ofRange(db: Database, filter: PairFilter, sort: PairSort, few: number): Narrowed | null {
  const { auditSfcMin, auditSfcMax, textMarginMin, textMarginMax, suspectMin } = filter
  const ranges = [
    ['audit_sfc', 'state_by_audit_sfc', auditSfcMin, auditSfcMax],
    ['text_margin', 'state_by_margin', textMarginMin, textMarginMax],
    ['suspect', 'state_by_suspect', suspectMin, undefined],
  ] as const
  for (const [column, index, least, most] of ranges) {
    if ((least === undefined && most === undefined) || COLUMN_OF[sort] === column) continue
    const found = numbers(
      db,
      `SELECT pair_id AS id FROM pair_state INDEXED BY ${index} WHERE ${column} IS NOT NULL AND ${column} >= ? AND ${column} <= ? LIMIT ?`,
      least ?? -Number.MAX_VALUE,
      most ?? Number.MAX_VALUE,
      few + 1,
    )
    if (found.length <= few) return { ids: found, rest: filter }
  }
  return null
}

const COLUMN_OF: Record<PairSort, 'audit_sfc' | 'text_margin' | 'suspect' | null> = {
  auditSfc: 'audit_sfc',
  '-auditSfc': 'audit_sfc',
  textMargin: 'text_margin',
  '-textMargin': 'text_margin',
  '-suspect': 'suspect',
  id: null,
  '-id': null,
}

function numbers(db: Database, sql: string, ...parameters: (string | number)[]): number[] {
  return statement<{ id: number }>(db, sql)
    .all(...parameters)
    .map(({ id }) => id)
}
