import { execFileSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { BlindfoldError } from '../core/errors.ts'
import { parseTrainerEvent, trainerConfig, trainerEvent } from './trainer.ts'

const envelope = { v: 1, seq: 7, ts: '2026-01-02T03:04:05.678Z', run_id: 'r', rank: 0 }
const step = {
  ...envelope,
  type: 'step',
  step: 1,
  epoch: 0.25,
  lr: 1e-4,
  loss_mm: 0.7,
  loss_text: null,
  sfc_mean: null,
  acc_mm: 0.5,
  acc_text: null,
  grad_norm: 1,
  tokens: 10,
  pairs_per_s: 100,
  eta_s: null,
  mem_peak_bytes: 1,
}

describe('a line of events.jsonl', () => {
  test('is read back as it was written', () => {
    expect(parseTrainerEvent(JSON.stringify(step))).toEqual(step)
  })
  test('of an unknown type is ignored, so that an older app follows a newer trainer', () => {
    expect(parseTrainerEvent(JSON.stringify({ ...envelope, type: 'teleport', step: 3 }))).toBeNull()
  })
  test.each([
    ['of an unknown version', JSON.stringify({ ...step, v: 2 }), /version 2/],
    ['that is cut off', JSON.stringify(step).slice(0, -5), /not JSON/],
    ['without a type', JSON.stringify({ ...envelope }), /not an event/],
    ['with a wrong field', JSON.stringify({ ...step, lr: 'fast' }), /at lr/],
    ['with NaN, which is no JSON', JSON.stringify(step).replace('0.7', 'NaN'), /not JSON/],
  ])('%s is refused with a remedy', (_, line, message) => {
    let caught: unknown
    try {
      parseTrainerEvent(line)
    } catch (error) {
      caught = error
    }
    expect(caught).toBeInstanceOf(BlindfoldError)
    expect((caught as BlindfoldError).message).toMatch(message)
    expect((caught as BlindfoldError).detail.remedy).not.toBe('')
  })
})

test('every event type can be told apart by its type alone', () => {
  const types = trainerEvent.options.map((option) => option.shape.type.value)
  expect(new Set(types).size).toBe(types.length)
})

describe('a config', () => {
  const least = { v: 1, run_id: 'r', method: 'standard', train: 'train.jsonl', media_dir: '../media' }
  test('gets its defaults', () => {
    expect(trainerConfig.parse(least)).toMatchObject({ model: 'tiny', epochs: 3, batch_size: 64, proxy_input: 'drop', eval_sets: [] })
  })
  test('with a misspelt option is refused', () => {
    expect(trainerConfig.safeParse({ ...least, epoch: 3 }).success).toBe(false)
  })
})

test('the JSON Schemas in the Python package are those of the contract', () => {
  expect(() => execFileSync(process.execPath, ['build/gen.ts', '--check'], { stdio: 'pipe' })).not.toThrow()
})
