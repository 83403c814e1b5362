import { expect, test } from 'vitest'
import type { Cell, EvaluationReport } from '../../../src/contract/training.ts'
import { axes, cellsOf, choices, chosenSides, comparison, runsOfBoth } from './matrix.ts'
import { trajectorySeries } from '../review/scores/trajectory-series.ts'

const estimate = (value: number) => ({ value, low: value - 0.02, high: value + 0.02 })
const cell = (runId: string, testSource: string, iid: boolean, accuracy: number): Cell => ({
  runId,
  testSource,
  iid,
  n: 100,
  accuracy: estimate(accuracy),
  sfd: null,
  marginCorrelation: null,
})

// Newest first, as the backend lists them: run 5 repeats run 1.
const REPORT: EvaluationReport = {
  runs: [
    { id: '5', method: 'standard', label: 'standard', trainSource: 'b', seed: 0 },
    { id: '4', method: 'shortcut-aware', label: 'shortcut-aware, normalised', trainSource: 'b', seed: 0 },
    { id: '3', method: 'shortcut-aware', label: 'shortcut-aware', trainSource: 'b', seed: 0 },
    { id: '2', method: 'standard', label: 'standard', trainSource: 'a+b', seed: 0 },
    { id: '1', method: 'standard', label: 'standard', trainSource: 'b', seed: 0 },
    { id: '0', method: 'text-only', label: 'text-only', trainSource: 'a', seed: 7 },
  ],
  cells: [
    cell('5', 'b', true, 0.9),
    cell('5', 'a', false, 0.6),
    cell('1', 'b', true, 0.1),
    cell('3', 'a', false, 0.8),
    cell('2', 'a', true, 0.7),
  ],
  summary: [],
}

test('sides are listed once, plain methods first, and the usual comparison is the default', () => {
  const all = choices(REPORT)
  expect(all.map((choice) => choice.label)).toEqual(['standard', 'shortcut-aware', 'shortcut-aware, normalised', 'text-only'])
  expect(chosenSides(all, null, null).map((choice) => choice?.label)).toEqual(['standard', 'shortcut-aware'])
  expect(chosenSides(all, 'text-only · 7', 'standard · 0').map((choice) => choice?.label)).toEqual(['text-only', 'standard'])
  expect(chosenSides(all.slice(0, 1), 'gone', 'gone').map((choice) => choice?.label)).toEqual(['standard', undefined])
})

test('of two runs alike the newest is shown, and joined training sources have a row of their own', () => {
  const rows = cellsOf(REPORT, choices(REPORT)[0]!)
  expect(rows.get('b')?.get('b')?.accuracy.value).toBe(0.9)
  expect(rows.get('a+b')?.get('a')?.accuracy.value).toBe(0.7)
  expect(axes(REPORT)).toEqual({ train: ['a', 'b', 'a+b'], test: ['a', 'b'] })
})

test('curves are offered where both sides trained on the source, of the newest run each', () => {
  const [standard, aware, , textOnly] = choices(REPORT)
  expect(runsOfBoth(REPORT, standard!, aware!)).toEqual([{ source: 'b', a: '5', b: '3' }])
  expect(runsOfBoth(REPORT, standard!, textOnly!)).toEqual([])
})

test('the comparison says what was won and what it cost', () => {
  const summary = (label: string, iid: number, ood: number | null, sfd: number | null) => ({
    method: 'standard' as const,
    label,
    iid: estimate(iid),
    ood: ood === null ? null : estimate(ood),
    sfd: sfd === null ? null : estimate(sfd),
    runs: 3,
  })
  const before = summary('standard', 0.914, 0.681, 39.5)
  expect(comparison(before, summary('shortcut-aware', 0.902, 0.785, 14.2))).toBe(
    'Shortcut-aware against standard: o.o.d. +10.4 points, i.i.d. −1.2 points; SFD from 39.5 to 14.2 points.',
  )
  expect(comparison(before, summary('text-only', 0.9, null, null))).toBe('Text-only against standard: i.i.d. −1.4 points.')
  expect(comparison(before, before)).toBeNull()
  expect(comparison(before, undefined)).toBeNull()
})

test('a pair’s course has one curve a run that has the measure, gaps where an epoch is missing', () => {
  const point = (runId: string, method: string, epoch: number, sfc: number | null) => ({
    runId,
    method,
    epoch,
    mmLoss: 0.5,
    textLoss: null,
    sfc,
  })
  const points = [
    point('r1', 'standard', 0, null),
    point('r2', 'shortcut-aware', 0, 0.4),
    point('r2', 'shortcut-aware', 2, 0.2),
    point('r3', 'shortcut-aware', 1, 0.3),
  ]
  const { epochs, series } = trajectorySeries(points, 'sfc')
  expect(epochs).toEqual([1, 2, 3])
  expect(series.map((line) => [line.label, line.values])).toEqual([
    ['shortcut-aware', [0.4, null, 0.2]],
    ['shortcut-aware 2', [null, 0.3, null]],
  ])
  expect(trajectorySeries(points, 'textLoss').series).toEqual([])
})
