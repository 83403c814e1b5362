import type { Database } from 'better-sqlite3'
import type { PairFilter, PairSort } from '../../contract/pairs.ts'
import { statement } from '../sqlite/statement.ts'
import { addFilter, addIds, addRanges, Conditions, hasRange } from './filter.ts'
import { fewUnscored, LIMITS, narrow, type Limits, type Narrowed } from './narrow.ts'
import { isWritten, matchExpression, search, shareFound } from './search.ts'
import { asker, type Asker } from './text-asked.ts'

/** A pair's place in a queue. `value` is what the queue is sorted by; null where unscored, or where it is the id. */
export type Place = { value: number | null; id: number }

type Column = 's.audit_sfc' | 's.text_margin' | 's.suspect'

const COLUMNS = {
  auditSfc: ['s.audit_sfc', 'state_by_audit_sfc'],
  textMargin: ['s.text_margin', 'state_by_margin'],
  suspect: ['s.suspect', 'state_by_suspect'],
} as const
const columnOf = (sort: PairSort): (typeof COLUMNS)[keyof typeof COLUMNS] => COLUMNS[sort.replace('-', '') as keyof typeof COLUMNS]

/** `probe` is a text that each pair of the walk is asked for; `filter` then has none. */
type Step = { db: Database; filter: PairFilter; limits: Limits; narrowed: Narrowed | null; probe: Probe | null; limit: number }
/** `asked` and `found` pairs, those of all parts of the queue that want `wanted` together; `hopeless` once that is too slow. */
type Probe = { finds: Asker; wanted: number; asked: number; found: number; hopeless: boolean }

/**
 * The next places of a queue after `from` (from its start where null), or, with `backward`, those before it in
 * backward order. Scored pairs come first in the order of `sort`, equal values by id; unscored ones follow by id.
 *
 * Where one of the filter's conditions has few pairs, these are looked up and sorted. Else each part of the queue walks one
 * index in its order, tests the filter on the way and stops at `limit`. Whether a pair has the filter's text is asked of it on the
 * way, too, until it shows that few have it: then all that have it are written down first.
 */
export function walk(
  db: Database,
  filter: PairFilter,
  sort: PairSort,
  from: Place | null,
  limit: number,
  { backward = false, limits = LIMITS }: { backward?: boolean; limits?: Limits } = {},
): Place[] {
  const narrowed = narrow(db, filter, sort, limits)
  const step = { db, filter: narrowed?.rest ?? filter, limits, narrowed, probe: null, limit }
  const expression = matchExpression(step.filter.text ?? '')
  if (!expression || isWritten(db, expression)) return parts(step, sort, from, backward)
  const share = shareFound(db, expression)
  if (share === null || share * limits.probes >= limit) {
    const probe = { finds: asker(db, filter.text ?? ''), wanted: limit, asked: 0, found: 0, hopeless: false }
    const found = parts({ ...step, filter: { ...step.filter, text: '' }, probe }, sort, from, backward)
    if (!probe.hopeless) return found
  }
  search(db, expression)
  return walk(db, filter, sort, from, limit, { backward, limits })
}

function parts(step: Step, sort: PairSort, from: Place | null, backward: boolean): Place[] {
  const descending = sort.startsWith('-') !== backward
  if (sort === 'id' || sort === '-id') return byId(step, from, descending)

  const [column, index] = columnOf(sort)
  const among = { scored: from?.value != null, unscored: from !== null && from.value === null }
  const scored = (limit: number) => byValue({ ...step, limit }, column, index, among.scored ? from : null, descending)
  const unscored = (limit: number) => withoutValue({ ...step, limit }, column, among.unscored ? from : null, backward)
  // Both parts, but not the one that lies wholly on the other side of `from`.
  const each = backward ? (among.scored ? [scored] : [unscored, scored]) : among.unscored ? [unscored] : [scored, unscored]
  const places: Place[] = []
  for (const part of each) if (places.length < step.limit) places.push(...part(step.limit - places.length))
  return places
}

function byId(step: Step, from: Place | null, descending: boolean): Place[] {
  const conditions = new Conditions()
  if (from) conditions.addCondition(`${hidden(step)}s.pair_id ${descending ? '<' : '>'} ?`, from.id)
  test(step, conditions)
  addRanges(conditions, step.filter, () => true)
  return places(step, 'NULL', 'NOT INDEXED', conditions, `s.pair_id ${descending ? 'DESC' : 'ASC'}`)
}

function byValue(step: Step, column: Column, index: string, from: Place | null, descending: boolean): Place[] {
  const conditions = new Conditions()
  const [atMost, before, order] = descending ? ['<=', '<', 'DESC'] : ['>=', '>', 'ASC']
  if (from?.value == null) conditions.addCondition(`${column} IS NOT NULL`)
  else
    conditions.addCondition(`${column} ${atMost} ? AND (${column} ${before} ? OR s.pair_id ${before} ?)`, from.value, from.value, from.id)
  test(step, conditions)
  // The index starts at `from`, not at the range's own bound on that side, or each page would walk all before it.
  const passed = from && (descending ? 'max' : 'min')
  addRanges(conditions, step.filter, (ranged, side) => step.narrowed !== null || ranged !== column || side === passed)
  // Named, not left to the planner, whose choice changes with the statistics of the data.
  return places(step, column, step.narrowed ? 'NOT INDEXED' : `INDEXED BY ${index}`, conditions, `${column} ${order}, s.pair_id ${order}`)
}

function withoutValue(among: Step, column: Column, from: Place | null, descending: boolean): Place[] {
  const { db, filter } = among
  const byText = column === 's.text_margin'
  // A range has no pair without the number; and a pair with another of the numbers has a text margin.
  if (hasRange(filter, byText ? undefined : [column])) return []
  const step = among.narrowed || !byText ? among : { ...among, narrowed: fewUnscored(db, filter, among.limits) }
  const conditions = new Conditions()
  conditions.addCondition(`${column} IS NULL`)
  if (from) conditions.addCondition(`${hidden(step)}s.pair_id ${descending ? '<' : '>'} ?`, from.id)
  test(step, conditions)
  if (!byText) addRanges(conditions, filter, () => true)
  return places(step, 'NULL', 'NOT INDEXED', conditions, `s.pair_id ${descending ? 'DESC' : 'ASC'}`)
}

/** Few pairs are looked up by their numbers, whatever else is known of those. */
const hidden = ({ narrowed }: Step): string => (narrowed ? '+' : '')

function test({ db, filter, narrowed }: Step, conditions: Conditions): void {
  if (narrowed) addIds(conditions, narrowed.ids, { residual: false })
  addFilter(db, conditions, filter, { residual: true })
}

function places(
  { db, limits, probe, limit }: Step,
  value: string,
  index: string,
  { where, parameters }: Conditions,
  order: string,
): Place[] {
  const sql = `SELECT s.pair_id AS id, ${value} AS value FROM pair_state s ${index} ${where} ORDER BY ${order} LIMIT ?`
  if (!probe) return statement<Place>(db, sql).all(...parameters, limit)
  const found: Place[] = []
  if (probe.hopeless) return found
  for (const place of statement<Place>(db, sql).iterate(...parameters, -1)) {
    if ((probe.hopeless = isHopeless(probe, limits))) break
    const { yes, cost } = probe.finds(place.id)
    probe.asked += cost
    if (!yes) continue
    probe.found += 1
    if (found.push(place) >= limit) break
  }
  return found
}

/** Whether, after a first look, it would take too many questions to find what is wanted. */
const isHopeless = ({ asked, found, wanted }: Probe, { probes }: Limits): boolean =>
  asked >= probes / 8 && asked * wanted > probes * (found + 1)

/** Where a pair stands in a queue of this order, whether or not the filter has it; null where there is no such pair. */
export function placeOf(db: Database, sort: PairSort, pairId: number): Place | null {
  const value = sort.endsWith('id') ? 'NULL' : columnOf(sort)[0].slice(2)
  return statement<Place>(db, `SELECT pair_id AS id, ${value} AS value FROM pair_state WHERE pair_id = ?`).get(pairId) ?? null
}
