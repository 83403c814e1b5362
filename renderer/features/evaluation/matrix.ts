import type { Estimate } from '../../../src/contract/base.ts'
import type { Cell, EvaluationReport } from '../../../src/contract/training.ts'
import { fixed, signed } from '../../../src/core/format.ts'
import { words } from '../../words/words.ts'
import { TRAINING_METHODS, type TrainingMethod } from '../../../src/core/vocabulary.ts'

const t = words.evaluation

type Summary = EvaluationReport['summary'][number]

/** One side of a comparison: the runs of one label and seed, one for each training source. */
export interface Choice {
  /** As the address names it. */
  id: string
  label: string
  seed: number
  method: EvaluationReport['runs'][number]['method']
}

const METHOD_ORDER: readonly TrainingMethod[] = [...TRAINING_METHODS.filter((method) => method !== 'text-only'), 'text-only']

/** What can be compared: standard first, then shortcut-aware, then text-only; plain methods before those with options. */
export function choices(report: EvaluationReport): Choice[] {
  const byId = new Map<string, Choice>()
  for (const { label, seed, method } of report.runs) byId.set(`${label} · ${seed}`, { id: `${label} · ${seed}`, label, seed, method })
  const rank = (choice: Choice) => METHOD_ORDER.indexOf(choice.method)
  return [...byId.values()].sort(
    (a, b) => rank(a) - rank(b) || a.label.length - b.label.length || a.label.localeCompare(b.label) || a.seed - b.seed,
  )
}

/** Both sides as the address asks for; else standard against shortcut-aware, or the first two there are. */
export function chosenSides(all: readonly Choice[], a: string | null, b: string | null): [Choice | undefined, Choice | undefined] {
  const left = all.find((choice) => choice.id === a) ?? all[0]
  const others = all.filter((choice) => choice !== left)
  const right =
    all.find((choice) => choice.id === b) ??
    others.find((choice) => choice.method === 'shortcut-aware' && choice.seed === left?.seed) ??
    others.find((choice) => choice.method !== left?.method) ??
    others[0]
  return [left, right]
}

/** Cells of one side by training and test source. Of several runs with one label, source and seed the newest counts. */
export function cellsOf(report: EvaluationReport, choice: Choice): Map<string, Map<string, Cell>> {
  const rows = new Map<string, Map<string, Cell>>()
  for (const run of report.runs) {
    if (run.label !== choice.label || run.seed !== choice.seed || rows.has(run.trainSource)) continue
    const cells = report.cells.filter((cell) => cell.runId === run.id)
    rows.set(run.trainSource, new Map(cells.map((cell) => [cell.testSource, cell])))
  }
  return rows
}

/** The training sources that both sides have a run for, with the newest run of each side. */
export function runsOfBoth(report: EvaluationReport, left: Choice, right: Choice): { source: string; a: string; b: string }[] {
  const newest = (choice: Choice, source: string) =>
    report.runs.find((run) => run.label === choice.label && run.seed === choice.seed && run.trainSource === source)?.id
  return axes(report).train.flatMap((source) => {
    const [a, b] = [newest(left, source), newest(right, source)]
    return a && b ? [{ source, a, b }] : []
  })
}

/** The rows and columns of all matrices, the same for each, so that they can be read side by side. */
export function axes(report: EvaluationReport): { train: string[]; test: string[] } {
  const test = [...new Set(report.cells.map((cell) => cell.testSource))].sort()
  const train = [...new Set(report.runs.map((run) => run.trainSource))]
  const at = (source: string) => (test.includes(source) ? test.indexOf(source) : test.length)
  return { train: train.sort((a, b) => at(a) - at(b) || a.localeCompare(b)), test }
}

/** What changed from one method to the other, in one sentence; null where nothing can be compared. */
export function comparison(before: Summary | undefined, after: Summary | undefined): string | null {
  if (!before || !after || before.label === after.label) return null
  const gain = (from: Estimate | null, to: Estimate | null) => from && to && signed((to.value - from.value) * 100, 1)
  const [iid, ood] = [gain(before.iid, after.iid), gain(before.ood, after.ood)]
  const changes: string[] = []
  if (iid && ood) changes.push(t('comparison.both', { iid, ood }))
  else if (ood) changes.push(t('comparison.ood', { ood }))
  else if (iid) changes.push(t('comparison.iid', { iid }))
  if (before.sfd && after.sfd) changes.push(t('comparison.sfd', { before: fixed(before.sfd.value, 1), after: fixed(after.sfd.value, 1) }))
  if (changes.length === 0) return null
  const capital = `${after.label[0]?.toUpperCase()}${after.label.slice(1)}`
  return t('comparison.sentence', { after: capital, before: before.label, changes: changes.join('; ') })
}
