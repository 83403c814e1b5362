import type { z } from 'zod'
import type { exportInput } from '../../contract/exports.ts'
import { pairStatus, type PairFilter } from '../../contract/pairs.ts'
import type { PairFeatures } from '../../core/pair-features.ts'
import { isFormula } from '../../core/formulas.ts'
import { testCutoff } from '../../core/resplit.ts'
import { BlindfoldError } from '../../core/errors.ts'
import type { DbClient } from '../../db/worker/client.ts'
import type { ExportSelection } from '../../db/pairs/export.ts'
import { formulaLoss } from '../../formats/writers/csv.ts'
import { writerOf } from '../../formats/writers/index.ts'
import { inSplitOrder, SplitNames, WITHOUT_SPLIT } from '../../formats/writers/split-names.ts'
import { widen, type Loss, type Shape, type Writer } from '../../formats/writers/writer.ts'

export type ExportRequest = z.output<typeof exportInput>

/** What an export is going to write, found out before a file is made. */
export type Survey = {
  writer: Writer
  shape: Shape
  selection: ExportSelection
  /** Pairs that will be written, and of all that were looked at, those left out because the format cannot hold them. */
  pairs: number
  leftOut: number
  names: SplitNames
  splits: { split: string; pairs: number }[]
  sources: { source: string; pairs: number }[]
  /** Bytes by content hash. */
  images: Map<string, number>
  lost: (Loss & { pairs: number })[]
  /** The SFC that weights come from; null where no pair has an SFC. */
  weighing: { kind: 'prior' | 'audit'; meanSfc: number; pairs: number } | null
  /** Places of groups up to this one go to the test side; null where pairs keep their splits. */
  cutoff: number | null
  /** Pairs whose group is not known yet. */
  ungrouped: number
}

/** Rows that one call looks at: some tens of milliseconds, so that others get their turn. */
const CHUNK = 2000

/** Words for the field of pairs that are not written at all. */
export const LEFT_OUT = 'left out'

/**
 * Looks through the pairs of an export: how many there are, how they are split, and what of them the format cannot hold.
 *
 * @throws BlindfoldError INVALID_INPUT where options do not go together; the signal's reason when aborted
 */
export async function survey(
  db: DbClient,
  request: ExportRequest,
  { signal, onProgress }: { signal?: AbortSignal; onProgress?: (done: number, total: number) => void } = {},
): Promise<Survey> {
  const writer = writerOf(request.format)
  const images = request.images ?? (writer.container === 'parquet' ? 'embed' : 'copy')
  if (images === 'embed' && !writer.embeds) {
    throw new BlindfoldError('INVALID_INPUT', `Those who read ${writer.name} open image files only.`, {
      field: 'images',
      remedy: 'Copy the images, or choose another format.',
    })
  }
  const selection: ExportSelection = { filter: curated(request), label: request.label }
  const shape: Shape = {
    messages: false,
    images: 'none',
    container: writer.container,
    embedded: images === 'embed',
    columns: request.columns,
    original: request.label === 'original',
    guard: writer.id === 'csv' && request.csvFormulas === 'guard' ? 'wanted' : 'off',
  }
  const found: Found = {
    splits: new Map(),
    sources: new Map(),
    ids: new Map(),
    images: new Map(),
    places: [],
    alike: new Map(),
    formulaIds: 0,
  }
  const total = onProgress ? await db.pairs.count(selection.filter) : 0
  let [done, leftOut, ungrouped] = [0, 0, 0]
  const sums = { prior: { sum: 0, pairs: 0 }, audit: { sum: 0, pairs: 0 } }
  for (let after = 0; ;) {
    signal?.throwIfAborted()
    const chunk = await db.pairs.surveyChunk(after, CHUNK, { ...selection, externalIds: true, seed: request.resplit?.seed ?? null })
    if (chunk.last === null) break
    after = chunk.last
    for (const part of chunk.found) {
      done += part.pairs
      if (writer.refuses(part.features) !== null) leftOut += part.pairs
      else {
        ungrouped += part.ungrouped
        for (const kind of ['prior', 'audit'] as const) {
          sums[kind].sum += part[kind].sum
          sums[kind].pairs += part[kind].pairs
        }
        add(found.splits, part.split, part.pairs)
        add(found.sources, part.source, part.pairs)
        for (const { hash, bytes } of part.images) found.images.set(hash, bytes)
        for (const place of part.places) found.places.push(place)
        const bucket = idBucket(part, request)
        const ids = found.ids.get(bucket) ?? { all: 0, different: new Set() }
        found.ids.set(bucket, ids)
        ids.all += part.externalIds.length
        for (const id of part.externalIds) ids.different.add(id)
        found.formulaIds += part.externalIds.filter(isFormula).length
      }
      const key = JSON.stringify(part.features)
      const alike = found.alike.get(key) ?? { features: part.features, pairs: 0 }
      found.alike.set(key, alike)
      alike.pairs += part.pairs
    }
    onProgress?.(done, total)
  }
  for (const { features } of found.alike.values()) if (writer.refuses(features) === null) widen(shape, features)
  if (shape.guard === 'wanted' && (found.formulaIds > 0 || formulaSources(found, shape) > 0)) shape.guard = 'needed'
  const names = new SplitNames(found.splits.keys())
  const { cutoff, splits } = splitsOf(found, names, request, done - leftOut)
  return {
    ...{ writer, shape, selection, pairs: done - leftOut, leftOut, names, splits, images: found.images, cutoff, ungrouped },
    sources: [...found.sources].map(([source, pairs]) => ({ source, pairs })).sort((a, b) => (a.source < b.source ? -1 : 1)),
    lost: lossesOf(found, writer, shape, names, request),
    weighing: weighingOf(sums),
  }
}

/** Values of the two kinds are never averaged together: where one pair has an audit SFC, those that have none weigh 1. */
function weighingOf(sums: Record<'prior' | 'audit', { sum: number; pairs: number }>): Survey['weighing'] {
  const kind = sums.audit.pairs > 0 ? 'audit' : 'prior'
  const { sum, pairs } = sums[kind]
  return pairs === 0 ? null : { kind, meanSfc: sum / pairs, pairs }
}

/** Pairs of one bucket may be read back into one source and split, where an id stands for one pair. */
export function idBucket({ source, split }: { source: string; split: string }, { format, resplit }: ExportRequest): string {
  if (format === 'blindfold') return JSON.stringify(resplit ? [source] : [source, split])
  return resplit ? '' : split || WITHOUT_SPLIT
}

type Found = {
  splits: Map<string, number>
  sources: Map<string, number>
  ids: Map<string, { all: number; different: Set<string> }>
  images: Map<string, number>
  places: number[]
  /** External ids that a spreadsheet may run as a formula. */
  formulaIds: number
  alike: Map<string, { features: PairFeatures; pairs: number }>
}

const add = (to: Map<string, number>, key: string, pairs: number) => to.set(key, (to.get(key) ?? 0) + pairs)

/** The filter without tied and discarded pairs, unless they are asked for. */
function curated({ filter, includeExcluded }: ExportRequest): PairFilter {
  if (includeExcluded) return filter
  const wanted = filter.statuses?.length ? filter.statuses : pairStatus.options
  const statuses = wanted.filter((status) => status !== 'tied' && status !== 'discarded')
  // An empty list would not limit anything: no pair has the number 0.
  return statuses.length === 0 ? { ...filter, pairIds: [0] } : { ...filter, statuses }
}

function splitsOf(found: Found, names: SplitNames, { resplit }: ExportRequest, pairs: number): Pick<Survey, 'cutoff' | 'splits'> {
  const counts = new Map<string, number>()
  let cutoff: number | null = null
  if (resplit) {
    const side = testCutoff(Float64Array.from(found.places), resplit.testShare)
    cutoff = side.cutoff
    counts.set('train', pairs - side.test).set('test', side.test)
  } else for (const [split, n] of found.splits) add(counts, names.of(split), n)
  const splits = [...counts].filter(([, n]) => n > 0).map(([split, n]) => ({ split, pairs: n }))
  return { cutoff, splits: splits.sort((a, b) => inSplitOrder(a.split, b.split)) }
}

/** Pairs of sources whose name a spreadsheet may run as a formula, where the name is written. */
function formulaSources({ sources }: Found, { columns }: Shape): number {
  return columns ? [...sources].reduce((sum, [source, pairs]) => sum + (isFormula(source) ? pairs : 0), 0) : 0
}

function lossesOf(found: Found, writer: Writer, shape: Shape, names: SplitNames, { resplit }: ExportRequest): Survey['lost'] {
  const refused: Survey['lost'] = []
  const lost: Survey['lost'] = []
  const note = (list: Survey['lost'], { field, why }: Loss, pairs: number) => {
    if (pairs === 0) return
    const known = list.find((loss) => loss.field === field && loss.why === why)
    if (known) known.pairs += pairs
    else list.push({ field, why, pairs })
  }
  for (const { features, pairs } of found.alike.values()) {
    const why = writer.refuses(features)
    if (why !== null) note(refused, { field: LEFT_OUT, why }, pairs)
    else for (const loss of writer.lost(features, shape)) note(lost, loss, pairs)
  }
  let repeated = 0
  for (const { all, different } of found.ids.values()) repeated += all - different.size
  note(lost, { field: 'id', why: 'Another pair of the same split has the same id; only the first keeps it.' }, repeated)
  if (writer.id === 'blindfold') return [...refused, ...lost]
  if (shape.guard === 'needed') {
    note(lost, formulaLoss('id'), found.formulaIds)
    note(lost, formulaLoss('source'), formulaSources(found, shape))
  }
  if (!resplit) {
    let renamed = 0
    for (const [split, pairs] of found.splits) if (names.of(split) !== split) renamed += pairs
    note(lost, { field: 'split', why: 'Pairs without a split come back in “train”; names are written in letters, digits and _.' }, renamed)
  }
  const sources = [...found.sources.values()]
  if (sources.length > 1) {
    note(
      lost,
      { field: 'source', why: 'The pairs of several sources are read back as one.' },
      sources.reduce((sum, pairs) => sum + pairs, 0),
    )
  }
  return [...refused, ...lost]
}
