import type { Database } from 'better-sqlite3'
import type { PairFilter } from '../../contract/pairs.ts'
import type { FilterName, FilterValue } from '../../core/pair-filters.ts'
import { statement } from '../sqlite/statement.ts'
import { matchExpression, search } from './search.ts'

type Value = string | number

/** Conditions on `pair_state s` with their parameters, to be joined by AND. */
export class Conditions {
  readonly parameters: Value[] = []
  readonly #sql: string[] = []

  addCondition(sql: string, ...parameters: Value[]): void {
    this.#sql.push(sql)
    this.parameters.push(...parameters)
  }

  get where(): string {
    return this.#sql.length === 0 ? '' : `WHERE ${this.#sql.join(' AND ')}`
  }
}

/** Where a condition is put. With `residual` it only tests rows that an index gives in the wanted order. */
type On = { db: Database; to: Conditions; residual: boolean }

/** `+` hides a column from the planner, which would merge index ranges and then sort. */
const hidden = ({ residual }: On): string => (residual ? '+' : '')

function among(on: On, column: string, values: readonly Value[]): void {
  if (values.length === 1) on.to.addCondition(`${hidden(on)}${column} = ?`, ...values)
  else if (values.length === 0) on.to.addCondition('0')
  else on.to.addCondition(`${hidden(on)}${column} IN (${values.map(() => '?').join(', ')})`, ...values)
}

/** The SQL of each condition but the ranges (`addRanges`). */
const CONDITIONS: { [Name in Exclude<FilterName, RangeName>]: (on: On, value: FilterValue<Name>) => void } = {
  sources: (on, names) => among(on, 's.source_id', sourceIds(on.db, names)),
  splits: (on, splits) => among(on, 's.split', splits),
  quadrants: (on, quadrants) => among(on, 's.quadrant', quadrants),
  statuses: (on, statuses) => among(on, 's.status', statuses),
  scored: (on, scored) => on.to.addCondition(`${hidden(on)}s.quadrant ${scored ? 'IS NOT' : 'IS'} NULL`),
  stale: (on, stale) => on.to.addCondition(`${hidden(on)}s.stale = ?`, stale ? 1 : 0),
  missingImages: (on, missing) => on.to.addCondition(`${hidden(on)}s.missing_images ${missing ? '>' : '='} 0`),
  hasImage: ({ to }, hasImage) => {
    const named = '(s.missing_images > 0 OR EXISTS (SELECT 1 FROM pair_images i WHERE i.pair_id = s.pair_id))'
    to.addCondition(hasImage ? named : `NOT ${named}`)
  },
  tags: ({ db, to }, tags) => {
    const ids = tagIds(db, tags)
    if (ids.length === 0) to.addCondition('0')
    else
      to.addCondition(
        `EXISTS (SELECT 1 FROM pair_tags t WHERE t.pair_id = s.pair_id AND t.tag_id IN (${ids.map(() => '?').join(', ')}))`,
        ...ids,
      )
  },
  duplicates: ({ to }, kinds) =>
    to.addCondition(
      `EXISTS (SELECT 1 FROM duplicates d WHERE d.pair_id = s.pair_id AND d.kind IN (${kinds.map(() => '?').join(', ')}))`,
      ...kinds,
    ),
  pairIds: ({ to, residual }, ids) => addIds(to, ids, { residual }),
  set: ({ to, residual }, id) => addSet(to, id, { residual }),
  text: (on, text) => {
    const match = matchExpression(text)
    if (match === null) return
    if (match === '') return on.to.addCondition('0')
    search(on.db, match)
    on.to.addCondition(`${hidden(on)}s.pair_id IN (SELECT pair_id FROM temp.search_hits)`)
  },
}

/**
 * Adds a filter's conditions, but for its ranges. An empty or absent list limits nothing; a source or tag that does not
 * exist matches no pair. A filter with text is searched for here, so run the query before another filter is added.
 */
export function addFilter(db: Database, to: Conditions, filter: PairFilter, { residual }: { residual: boolean }): void {
  for (const name of Object.keys(CONDITIONS) as (keyof typeof CONDITIONS)[]) {
    const value = filter[name]
    if (value === undefined || (Array.isArray(value) && value.length === 0)) continue
    ;(CONDITIONS[name] as (on: On, value: unknown) => void)({ db, to, residual }, value)
  }
}

/** Limits to pairs with these numbers. */
export function addIds(to: Conditions, ids: readonly number[], { residual }: { residual: boolean }): void {
  to.addCondition(`${residual ? '+' : ''}s.pair_id IN (SELECT value FROM json_each(?))`, JSON.stringify(ids))
}

/** Limits to the pairs of a set, which are walked through unless they are only tested for. */
export function addSet(to: Conditions, id: number, { residual }: { residual: boolean }): void {
  if (residual) to.addCondition('EXISTS (SELECT 1 FROM pair_set_members m WHERE m.set_id = ? AND m.pair_id = s.pair_id)', id)
  else to.addCondition('s.pair_id IN (SELECT pair_id FROM pair_set_members WHERE set_id = ?)', id)
}

const RANGES = {
  's.audit_sfc': ['auditSfcMin', 'auditSfcMax'],
  's.text_margin': ['textMarginMin', 'textMarginMax'],
  's.mm_margin': ['mmMarginMin', 'mmMarginMax'],
  's.suspect': ['suspectMin', null],
} as const satisfies Record<string, readonly [FilterName, FilterName | null]>
type RangeName = NonNullable<(typeof RANGES)[RangeColumn][number]>
export type RangeColumn = keyof typeof RANGES
type Side = 'min' | 'max'

/** Adds the filter's ranges of numbers, which leave out pairs without that number. The planner does not use the index of a side that `isHidden`. */
export function addRanges(to: Conditions, filter: PairFilter, isHidden: (column: RangeColumn, side: Side) => boolean): void {
  for (const column of Object.keys(RANGES) as RangeColumn[]) {
    const [least, most] = RANGES[column]
    const add = (side: Side, sign: string, bound: number | undefined) => {
      if (bound !== undefined) to.addCondition(`${isHidden(column, side) ? '+' : ''}${column} ${sign} ?`, bound)
    }
    add('min', '>=', filter[least])
    add('max', '<=', most ? filter[most] : undefined)
  }
}

/** Whether the filter asks for a range of any of these numbers. */
export function hasRange(filter: PairFilter, columns: readonly RangeColumn[] = Object.keys(RANGES) as RangeColumn[]): boolean {
  return columns.some((column) => RANGES[column].some((field) => field && filter[field] !== undefined))
}

export function sourceIds(db: Database, names: readonly string[]): number[] {
  const byName = statement<{ id: number }>(db, 'SELECT id FROM sources WHERE name = ?')
  return [...new Set(names)].flatMap((name) => byName.get(name)?.id ?? [])
}

export function tagIds(db: Database, names: readonly string[]): number[] {
  const byName = statement<{ id: number }>(db, 'SELECT id FROM tags WHERE name = ?')
  return [...new Set(names)].flatMap((name) => byName.get(name)?.id ?? [])
}
