import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ProgressMeter } from './progress.ts'

const report = (done: number, total: number | null = 1000, phase = 'p') => ({ phase, done, total, unit: 'pairs' })

describe('ProgressMeter', () => {
  test('says nothing of rate and time left until it has watched for a while', () => {
    const meter = new ProgressMeter()
    expect(meter.update(report(0), 0)).toMatchObject({ rate: null, etaSeconds: null })
    expect(meter.update(report(50), 500)).toMatchObject({ rate: null, etaSeconds: null })
    expect(meter.update(report(150), 1500)).toMatchObject({ rate: 100, etaSeconds: null })
    expect(meter.update(report(200), 2000)).toMatchObject({ rate: 100, etaSeconds: 8 })
  })

  test('a steady rate is measured as it is, however often it is reported and wherever it starts', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5000 }), fc.integer({ min: 7, max: 700 }), fc.nat(100_000), (rate, every, start) => {
        const meter = new ProgressMeter()
        for (let at = 0; at < 20_000; at += every) meter.update(report(start + (rate * at) / 1000, null), at)
        const last = meter.update(report(start + rate * 20, start + rate * 30), 20_000)
        expect(last.rate).toBeCloseTo(rate, 3)
        expect(last.etaSeconds).toBeCloseTo(10, 3)
      }),
    )
  })

  test('forgets the old rate after ten seconds, at a new phase, and when the count goes back', () => {
    const meter = new ProgressMeter()
    for (let at = 0; at <= 5000; at += 100) meter.update(report(at), at)
    for (let at = 5100; at <= 20_000; at += 100) meter.update(report(5000), at)
    expect(meter.update(report(5000, 6000), 20_000)).toMatchObject({ rate: 0, etaSeconds: null })
    expect(meter.update(report(0, 10, 'q'), 20_100)).toMatchObject({ rate: null, etaSeconds: null })
    meter.update(report(5, 10, 'q'), 22_000)
    expect(meter.update(report(1, 10, 'q'), 23_000).rate).toBeNull()
  })

  test('takes the word of a process that knows better', () => {
    expect(new ProgressMeter().update({ ...report(1), rate: 5, etaSeconds: 7 }, 0)).toMatchObject({ rate: 5, etaSeconds: 7 })
  })
})
