import type { Database } from 'better-sqlite3'
import type { DuplicateKind, PairFilter, PairStatus, Quadrant } from '../../contract/pairs.ts'
import { summary } from '../duplicates/store.ts'
import { statement } from '../sqlite/statement.ts'

type Tally<Value> = { value: Value; count: number }[]

export type Facets = {
  sources: Tally<string>
  splits: Tally<string>
  quadrants: Tally<Quadrant>
  statuses: Tally<PairStatus>
  tags: Tally<string>
  duplicates: Tally<DuplicateKind>
  stale: number
  missingImages: number
}

/** Pairs that are alike in what filters ask most. `quadrant` is '' where there is none. */
export type CountedKind = {
  sourceId: number
  source: string
  split: string
  status: PairStatus
  quadrant: Quadrant | ''
  stale: 0 | 1
  incomplete: 0 | 1
  pairs: number
}

/** How many pairs fall into each value a filter can have, read from kept counts; values without pairs are left out. */
export function facets(db: Database): Facets {
  const counts = countedKinds(db, {})
  const by = <Value extends string>(value: (row: CountedKind) => Value) => tally(counts.map((row) => [value(row), row.pairs]))
  const total = (has: (row: CountedKind) => boolean) => counts.reduce((sum, row) => sum + (has(row) ? row.pairs : 0), 0)
  return {
    sources: by(({ source }) => source),
    splits: by(({ split }) => split),
    quadrants: by(({ quadrant }) => quadrant).filter((entry): entry is { value: Quadrant; count: number } => entry.value !== ''),
    statuses: by(({ status }) => status),
    tags: statement<{ value: string; count: number }>(
      db,
      'SELECT name AS value, pairs AS count FROM tags WHERE pairs > 0 ORDER BY name',
    ).all(),
    duplicates: summary(db).kinds.flatMap(({ kind, pairs }) => (pairs > 0 ? [{ value: kind, count: pairs }] : [])),
    stale: total(({ stale }) => stale === 1),
    missingImages: total(({ incomplete }) => incomplete === 1),
  }
}

/** The kinds of pairs that a filter lets through, as far as it asks for what a kind tells. */
export function countedKinds(db: Database, filter: PairFilter): CountedKind[] {
  const { sources, splits, quadrants, statuses, scored, stale, missingImages } = filter
  const among = (values: readonly string[] | undefined, value: string) => !values?.length || values.includes(value)
  return statement<CountedKind>(
    db,
    `SELECT c.source_id AS sourceId, o.name AS source, c.split, c.status, c.quadrant, c.stale, c.incomplete, c.pairs
     FROM pair_counts c CROSS JOIN sources o ON o.id = c.source_id WHERE c.pairs > 0`,
  )
    .all()
    .filter(
      (kind) =>
        among(sources, kind.source) &&
        among(splits, kind.split) &&
        among(quadrants, kind.quadrant) &&
        among(statuses, kind.status) &&
        (scored === undefined || scored === (kind.quadrant !== '')) &&
        (stale === undefined || stale === (kind.stale === 1)) &&
        (missingImages === undefined || missingImages === (kind.incomplete === 1)),
    )
}

/** Whether a filter asks for nothing but what `countedKinds` tells. */
export function toldByKinds({
  sources: _1,
  splits: _2,
  quadrants: _3,
  statuses: _4,
  scored: _5,
  stale: _6,
  missingImages: _7,
  text,
  ...others
}: PairFilter): boolean {
  return !text?.trim() && Object.values(others).every((value) => value === undefined || (Array.isArray(value) && value.length === 0))
}

function tally<Value extends string>(counts: [Value, number][]): Tally<Value> {
  const sums = new Map<Value, number>()
  for (const [value, count] of counts) sums.set(value, (sums.get(value) ?? 0) + count)
  return [...sums].map(([value, count]) => ({ value, count })).sort((a, b) => (a.value < b.value ? -1 : 1))
}
