import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { chosenRuns, differences, overlay } from './compare.ts'
import { placeInQueue } from '../run-state.ts'
import { type Run, type StepPoint, trainInput } from '../../../../src/contract/training.ts'

const steps = (count: number, epochs: number, value: (i: number) => number | null): StepPoint[] =>
  Array.from({ length: count }, (_, i) => ({
    step: i + 1,
    epoch: ((i + 1) / count) * epochs,
    lossMm: value(i),
    lossText: null,
    accMm: null,
    accText: null,
    sfcMean: null,
    lr: 1,
    pairsPerSecond: 1,
    memoryPeakBytes: null,
  }))

function run(id: string, change: Partial<Run['options']> = {}, more: Partial<Run> = {}): Run {
  const options = { ...trainInput.parse({ method: 'standard', sources: ['hedged'] }), ...change }
  return {
    id,
    jobId: `job-${id}`,
    state: { status: 'queued' },
    resumable: false,
    options,
    trainSource: options.sources.join('+'),
    trainPairs: 10,
    testPairs: 4,
    snapshotHash: 'a'.repeat(64),
    step: 0,
    totalSteps: null,
    createdAt: '2026-01-01T00:00:00.000Z',
    ...more,
  }
}

describe('curves of two runs over one axis', () => {
  it('each run has exactly its own values at its own epochs, whatever the other one has', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 5 }), (n, m, epochs) => {
        const [a, b] = [steps(n, epochs, (i) => i), steps(m, epochs, (i) => 100 + i)]
        const { x, values } = overlay([a, b], 'lossMm', false)
        expect(x).toEqual([...x].sort((left, right) => left - right))
        expect(new Set(x).size).toBe(x.length)
        for (const [i, own] of [a, b].entries()) {
          for (const point of own) expect(values[i]![x.indexOf(Math.round(point.epoch * 1000) / 1000)]).toBe(point.lossMm)
        }
      }),
    )
  })

  it('keeps the last value between steps and has none outside them', () => {
    const { x, values } = overlay([steps(2, 1, (i) => i + 1), steps(4, 2, (i) => i + 10)], 'lossMm', false)
    expect(x).toEqual([0.5, 1, 1.5, 2])
    expect(values).toEqual([
      [1, 2, null, null],
      [10, 11, 12, 13],
    ])
  })

  it('a run without the measure has no curve', () => {
    expect(overlay([steps(2, 1, () => null), steps(2, 1, () => 1)], 'lossMm', true).values).toEqual([null, [1, 1]])
  })
})

describe('what differs', () => {
  it('names every option that differs, and none that does not', () => {
    expect(differences(run('a'), run('b'))).toEqual([])
    expect(differences(run('a'), run('b', { seed: 3 }))).toEqual([['Seed', '0', '3']])
    const names = differences(run('a'), run('b', { method: 'shortcut-aware', epochs: 7, sfcNormalise: true })).map(([name]) => name)
    expect(names).toEqual(['Method', 'Schedule', 'SFC', 'Text branch input'])
  })
})

describe('which runs', () => {
  it('takes those of the address, never one twice, and prefers the same source', () => {
    const runs = [run('a'), run('b', { sources: ['other'] }), run('c')]
    const ids = (a: string | null, b: string | null) => chosenRuns(runs, a, b).map((each) => each?.id)
    expect(ids('c', 'b')).toEqual(['c', 'b'])
    expect(ids(null, null)).toEqual(['a', 'c'])
    expect(ids('a', 'a')).toEqual(['a', 'c'])
    expect(ids(null, 'a')).toEqual(['b', 'a'])
    expect(ids('gone', 'gone')).toEqual(['a', 'c'])
    expect(chosenRuns([run('a')], null, null)[1]).toBeUndefined()
  })

  it('the oldest of those that wait is next', () => {
    const at = (hour: number) => ({ createdAt: `2026-01-01T0${hour}:00:00.000Z` })
    const busy = run(
      'r',
      {},
      { ...at(1), state: { status: 'cancelling', startedAt: '2026-01-01T01:00:00.000Z', progress: null } as Run['state'] },
    )
    const runs = [run('late', {}, at(3)), run('early', {}, at(2)), busy]
    expect(runs.map((each) => placeInQueue(each, runs))).toEqual([2, 1, null])
  })
})
