import { groupAccuracy, groupBootstrap, pearson, rightness, sfd, spearman, type Estimate } from './statistics.ts'
import { TRAINING_METHODS, type TrainingMethod } from './vocabulary.ts'

/** A test pair as a run scored it. Margins in log-odds; null where the run's method has no such branch. */
export type ScoredPair = { pairId: number; source: string; group: string; textHash: string; mm: number | null; text: number | null }

export type EvaluatedRun = {
  id: string
  method: TrainingMethod
  label: string
  /** The training environment as one name, and the sources it is made of. */
  trainSource: string
  sources: readonly string[]
  seed: number
  pairs: readonly ScoredPair[]
}

export type MatrixCell = {
  runId: string
  testSource: string
  iid: boolean
  n: number
  accuracy: Estimate
  sfd: Estimate | null
  marginCorrelation: { pearson: number; spearman: number } | null
}

export type Summary = {
  method: EvaluatedRun['method']
  label: string
  iid: Estimate | null
  ood: Estimate | null
  sfd: Estimate | null
  runs: number
}

const SEED = 0

/** The margin a run is judged by: that of its proxy where it is a text-only run. */
const margin = (run: EvaluatedRun, pair: ScoredPair): number => (run.method === 'text-only' ? pair.text : pair.mm) ?? 0

/**
 * The run whose text margins tell, for a run's training environment, where the text shortcut holds: the newest text-only
 * run with the same training sources and seed, or else with another seed; or else the run's own proxy branch, or that of
 * a shortcut-aware run in the same environment, for the proxy trains there as it does alone. Null for a text-only run
 * itself, and where there is none.
 *
 * @param runs the newest first
 */
export function textPartner(run: EvaluatedRun, runs: readonly EvaluatedRun[]): EvaluatedRun | null {
  if (run.method === 'text-only') return null
  const newestOf = (method: EvaluatedRun['method']): EvaluatedRun | undefined => {
    const candidates = runs.filter((other) => other.method === method && other.trainSource === run.trainSource)
    return candidates.find((other) => other.seed === run.seed) ?? candidates[0]
  }
  return newestOf('text-only') ?? (run.method === 'shortcut-aware' ? run : (newestOf('shortcut-aware') ?? null))
}

/** Margins of a run and of its text partner on the pairs of one source that both held out, with one and the same text. */
type Joined = { mm: number[]; text: number[]; groups: string[] }

function join(run: EvaluatedRun, partner: EvaluatedRun, source: string): Joined {
  const texts = new Map(partner.pairs.filter((pair) => pair.source === source).map((pair) => [pair.pairId, pair]))
  const joined: Joined = { mm: [], text: [], groups: [] }
  for (const pair of run.pairs) {
    const other = pair.source === source ? texts.get(pair.pairId) : undefined
    if (!other || other.textHash !== pair.textHash || other.text === null || pair.mm === null) continue
    joined.mm.push(pair.mm)
    joined.text.push(other.text)
    joined.groups.push(pair.group)
  }
  return joined
}

const testSources = (run: EvaluatedRun): string[] => [...new Set(run.pairs.map((pair) => pair.source))].sort()

/**
 * One row of the cross-distribution matrix: a run on each source it was tested on. SFD (in points) on the o.o.d. cells,
 * split by the text margins of `partner`; correlations between the margins of both.
 */
export function matrixCells(run: EvaluatedRun, partner: EvaluatedRun | null): MatrixCell[] {
  return testSources(run).map((testSource) => {
    const pairs = run.pairs.filter((pair) => pair.source === testSource)
    const iid = run.sources.includes(testSource)
    const joined = partner ? join(run, partner, testSource) : null
    const correlation = joined && { pearson: pearson(joined.mm, joined.text), spearman: spearman(joined.mm, joined.text) }
    return {
      runId: run.id,
      testSource,
      iid,
      n: pairs.length,
      accuracy: groupAccuracy(
        pairs.map((pair) => margin(run, pair)),
        pairs.map((pair) => pair.group),
        SEED,
      ),
      sfd: iid || !joined ? null : sfd(joined.mm, joined.text, joined.groups, SEED),
      marginCorrelation: correlation && Number.isFinite(correlation.pearson) && Number.isFinite(correlation.spearman) ? correlation : null,
    }
  })
}

/** Of runs with one label, training environment and seed, the newest. */
function newest(runs: readonly EvaluatedRun[]): EvaluatedRun[] {
  const seen = new Set<string>()
  return runs.filter((run) => {
    const key = JSON.stringify([run.label, run.trainSource, run.seed])
    return !seen.has(key) && seen.add(key)
  })
}

/**
 * Averages over cells, by label: accuracy on i.i.d. and on o.o.d. cells, and SFD. Each cell counts the same. Intervals
 * come from drawing groups once for all cells, for the cells of one source share their pairs.
 *
 * @param runs the newest first
 */
export function summarise(runs: readonly EvaluatedRun[]): Summary[] {
  const chosen = newest(runs)
  const labels = [...new Set(chosen.map((run) => run.label))]
  const summaries = labels.map((label): Summary => {
    const ofLabel = chosen.filter((run) => run.label === label)
    const cells = ofLabel.flatMap((run) => testSources(run).map((source) => ({ run, source, iid: run.sources.includes(source) })))
    const accuracyOf = (iid: boolean) =>
      mean(
        cells
          .filter((cell) => cell.iid === iid)
          .map(({ run, source }) => {
            const pairs = run.pairs.filter((pair) => pair.source === source)
            return { groups: pairs.map((pair) => pair.group), of: accuracyStatistic(pairs.map((pair) => rightness(margin(run, pair)))) }
          }),
      )
    const splits = cells
      .filter((cell) => !cell.iid)
      .flatMap(({ run, source }) => {
        const partner = textPartner(run, runs)
        const joined = partner && join(run, partner, source)
        // A cell where the text-only model is always right, or never, has no SFD to average.
        const split = joined && joined.text.some((text) => text > 0) && joined.text.some((text) => text <= 0)
        return split ? [{ groups: joined.groups, of: sfdStatistic(joined) }] : []
      })
    const method = ofLabel[0]?.method ?? 'standard'
    return { method, label, iid: accuracyOf(true), ood: accuracyOf(false), sfd: mean(splits), runs: ofLabel.length }
  })
  return summaries.sort((a, b) => TRAINING_METHODS.indexOf(a.method) - TRAINING_METHODS.indexOf(b.method) || (a.label < b.label ? -1 : 1))
}

/** A statistic over the rows of one cell: row `i` of the cell has the weight `weights[from + i]`. */
type CellStatistic = (weights: Float64Array, from: number) => number

const accuracyStatistic =
  (right: readonly number[]): CellStatistic =>
  (weights, from) => {
    let sum = 0
    let weight = 0
    for (let i = 0; i < right.length; i++) {
      const w = weights[from + i] as number
      sum += w * (right[i] as number)
      weight += w
    }
    return sum / weight
  }

/** SFD in points, as in `sfd`. */
function sfdStatistic({ mm, text }: Joined): CellStatistic {
  const right = mm.map(rightness)
  const holds = text.map((value) => value > 0)
  return (weights, from) => {
    const sums = [0, 0]
    const counts = [0, 0]
    for (let i = 0; i < right.length; i++) {
      const side = holds[i] ? 0 : 1
      const w = weights[from + i] as number
      sums[side] = (sums[side] as number) + w * (right[i] as number)
      counts[side] = (counts[side] as number) + w
    }
    return 100 * ((sums[0] as number) / (counts[0] as number) - (sums[1] as number) / (counts[1] as number))
  }
}

/** The mean of the cells' statistics with its interval; null for none. */
function mean(cells: readonly { groups: readonly string[]; of: CellStatistic }[]): Estimate | null {
  if (cells.length === 0) return null
  const statistic = (weights: Float64Array): number => {
    let from = 0
    let sum = 0
    for (const { groups, of } of cells) {
      sum += of(weights, from)
      from += groups.length
    }
    return sum / cells.length
  }
  return groupBootstrap(
    cells.flatMap((cell) => cell.groups),
    statistic,
    SEED,
  )
}
