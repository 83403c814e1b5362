import type { Database } from 'better-sqlite3'
import type { TrainOptions } from '../../contract/training.ts'
import { BlindfoldError } from '../../core/errors.ts'
import { USABLE_STATUSES } from '../../core/vocabulary.ts'
import { sha256 } from '../pairs/hash.ts'
import { addFilter, addRanges, Conditions } from '../pairs/filter.ts'

/** The split whose pairs are never trained on. */
export const TEST_SPLIT = 'test'
/** Share of groups held out of a source that has no test split. */
const HELD_OUT = 0.2

export type PlannedPair = { pairId: number; source: string; role: 'train' | 'test'; textHash: string; uid: string }

type Row = { pairId: number; uid: string; source: string; split: string; group: string; textHash: string }
export type PlanInput = Pick<TrainOptions, 'sources' | 'filter' | 'seed'>

/** Where a group falls in [0, 1): a function of the group and the seed alone, so that a project may grow. */
const position = (group: string, seed: number): number => parseInt(sha256(`${seed}:${group}`).slice(0, 8), 16) / 2 ** 32

/**
 * Which pairs a run trains and is tested on, by their ids. Every source of the project has a test set: its split `test`,
 * or else a fifth of its groups. The rest of the chosen sources is trained on, without whatever shares a group with any
 * test pair. Tied and discarded pairs, and those that lack an image, are in neither; the filter limits the training pairs
 * only.
 *
 * @throws BlindfoldError NO_DATA where there is nothing to train on, and why
 */
export function planRun(db: Database, { sources, filter, seed }: PlanInput): PlannedPair[] {
  const usable = usablePairs(db)
  const known = new Set(usable.map((row) => row.source))
  const missing = sources.find((name) => !known.has(name))
  if (missing !== undefined && incompletePairs(db, [missing]) > 0) {
    throw new BlindfoldError('NO_DATA', `Every pair of the source "${missing}" has a missing image.`, {
      remedy: 'Find its missing images first: blindfold heal, or Data > Missing images.',
      field: 'sources',
    })
  }
  if (missing !== undefined) {
    throw new BlindfoldError('NO_DATA', `The source "${missing}" has no pairs to train on.`, {
      remedy: known.size > 0 ? `Choose one of: ${[...known].sort().join(', ')}.` : 'Import pairs first.',
      field: 'sources',
    })
  }
  const test = usable.filter(testMember(usable, seed))
  const testGroups = new Set(test.map((row) => row.group))
  const candidates = usable.filter((row) => sources.includes(row.source) && row.split !== TEST_SPLIT)
  const apart = candidates.filter((row) => !testGroups.has(row.group))
  const matching = matchingIds(db, filter)
  const train = matching ? apart.filter((row) => matching.has(row.pairId)) : apart
  if (train.length === 0) throw noTrainingPairs(candidates.length, apart.length)
  const planned =
    (role: 'train' | 'test') =>
    (row: Row): PlannedPair => ({
      pairId: row.pairId,
      source: row.source,
      role,
      textHash: row.textHash,
      uid: row.uid,
    })
  return [...train.map(planned('train')), ...test.map(planned('test'))].sort((a, b) => a.pairId - b.pairId)
}

const STATUSES = USABLE_STATUSES.map((status) => `'${status}'`).join(', ')

/** Pairs of these sources that a run leaves out only because an image of theirs is missing. */
export function incompletePairs(db: Database, sources: readonly string[]): number {
  const found = db
    .prepare<[string], { n: number }>(
      `SELECT count(*) AS n FROM pair_state s INDEXED BY state_incomplete JOIN sources o ON o.id = s.source_id
       WHERE s.missing_images > 0 AND s.status IN (${STATUSES}) AND o.name IN (SELECT value FROM json_each(?))`,
    )
    .get(JSON.stringify(sources))
  return found?.n ?? 0
}

function usablePairs(db: Database): Row[] {
  return db
    .prepare<[], Row>(
      `SELECT s.pair_id AS pairId, p.uid, o.name AS source, s.split, coalesce(s.group_id, 'pair:' || s.pair_id) AS "group",
              s.text_hash AS textHash
       FROM pair_state s JOIN pairs p ON p.id = s.pair_id JOIN sources o ON o.id = s.source_id
       WHERE s.status IN (${STATUSES}) AND s.missing_images = 0 ORDER BY s.pair_id`,
    )
    .all()
}

/** Whether a pair is one to test on. Of two groups or more without a test split, at least one is held out. */
function testMember(usable: Row[], seed: number): (row: Row) => boolean {
  const split = new Set(usable.filter((row) => row.split === TEST_SPLIT).map((row) => row.source))
  const groups = new Map<string, Map<string, number>>()
  for (const { source, group } of usable) {
    if (split.has(source)) continue
    const ofSource = groups.get(source) ?? new Map<string, number>()
    groups.set(source, ofSource)
    if (!ofSource.has(group)) ofSource.set(group, position(group, seed))
  }
  const heldOut = new Map<string, Set<string>>()
  for (const [source, positions] of groups) {
    const chosen = [...positions].filter(([, at]) => at < HELD_OUT).map(([group]) => group)
    const [first] = [...positions].sort((a, b) => a[1] - b[1])
    if (chosen.length === 0 && positions.size > 1 && first) chosen.push(first[0])
    heldOut.set(source, new Set(chosen))
  }
  return ({ source, split: own, group }) => (split.has(source) ? own === TEST_SPLIT : (heldOut.get(source)?.has(group) ?? false))
}

/** The pairs that a filter has; null where it limits nothing. */
function matchingIds(db: Database, filter: PlanInput['filter']): Set<number> | null {
  const conditions = new Conditions()
  addFilter(db, conditions, filter, { residual: false })
  addRanges(conditions, filter, () => false)
  if (conditions.where === '') return null
  const rows = db.prepare<unknown[], { id: number }>(`SELECT s.pair_id AS id FROM pair_state s ${conditions.where}`)
  return new Set(rows.all(...conditions.parameters).map((row) => row.id))
}

function noTrainingPairs(candidates: number, apart: number): BlindfoldError {
  if (candidates === 0) {
    return new BlindfoldError('NO_DATA', 'The chosen sources have test pairs only.', {
      remedy: 'Choose a source that has pairs outside the split "test", or import some.',
      field: 'sources',
    })
  }
  if (apart === 0) {
    return new BlindfoldError('NO_DATA', 'Every pair of the chosen sources shares an image or a prompt with a test pair.', {
      remedy: 'Choose another source, or import pairs with other images.',
      field: 'sources',
    })
  }
  return new BlindfoldError('NO_DATA', `None of the ${apart} pairs of the chosen sources matches the filter.`, {
    remedy: 'Widen the filter.',
    field: 'filter',
  })
}
