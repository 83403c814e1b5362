import fc from 'fast-check'
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { smooth } from '../run/smooth.ts'
import { formOf, trainFormErrors, trainOptions, type TrainForm } from './use-train-form.ts'
import { trainInput } from '../../../../src/contract/training.ts'
import { learningRateOf } from '../../../../src/core/run-label.ts'
import { TUNINGS } from '../../../../src/core/vocabulary.ts'

const FORM: TrainForm = {
  method: 'shortcut-aware',
  origin: 'tiny',
  folder: '',
  hub: '',
  revision: '',
  consent: false,
  tuning: 'lora',
  sources: null,
  splits: null,
  statuses: ['unreviewed', 'kept', 'flipped', 'edited'],
  apart: false,
  seed: '3',
  epochs: '2',
  batchSize: '64',
  learningRate: '3e-4',
  sfcNormalise: true,
  proxyInput: 'blank',
  sfcExponent: '2',
  sfcFloor: '0.1',
  proxyWarmup: '1',
  pairWeights: 'sfc',
  tokenBudget: '',
  maxPixels: '',
  gradientCheckpointing: false,
  visionCache: '0',
  exportProxy: true,
  dtype: 'auto',
  unusable: 'refuse',
}

test('a smoothed curve stays within its values, keeps constants and gaps, and follows a step', () => {
  const value = fc.option(fc.double({ min: -5, max: 5, noNaN: true }), { nil: null })
  fc.assert(
    fc.property(fc.array(value, { minLength: 1, maxLength: 60 }), (values) => {
      const known = values.filter((each) => each !== null)
      smooth(values, 10).forEach((each, i) => {
        expect(each === null).toBe(values[i] === null)
        if (each === null) return
        expect(each).toBeGreaterThanOrEqual(Math.min(...known) - 1e-9)
        expect(each).toBeLessThanOrEqual(Math.max(...known) + 1e-9)
      })
    }),
  )
  expect(smooth([2, null, 2], 10)).toEqual([2, null, 2])
  expect(smooth([...Array<number>(50).fill(0), ...Array<number>(50).fill(1)], 10).at(-1)).toBeGreaterThan(0.99)
})

test('a valid form becomes inputs that the contract takes, one for all sources or one for each', () => {
  const sources = ['a', 'b', 'c']
  const [together, ...more] = trainOptions(FORM, sources, ['train'])
  expect(more).toEqual([])
  expect(trainInput.parse(together)).toEqual(together)
  expect(together).toMatchObject({
    sources,
    filter: {},
    seed: 3,
    epochs: 2,
    sfcNormalise: true,
    proxyInput: 'blank',
    sfcExponent: 2,
    sfcFloor: 0.1,
    proxyWarmup: 1,
    pairWeights: 'sfc',
  })
  expect(trainOptions({ ...FORM, apart: true }, sources, []).map((run) => run.sources)).toEqual([['a'], ['b'], ['c']])
  expect(trainOptions({ ...FORM, sources: [] }, sources, [])).toEqual([])
})

test('what a method has not got is not sent, and narrowed choices become a filter', () => {
  expect(trainOptions({ ...FORM, method: 'standard' }, ['a'], [])[0]).toMatchObject({
    sfcNormalise: false,
    proxyInput: 'drop',
    sfcExponent: 1,
    sfcFloor: 0,
    proxyWarmup: 0,
    pairWeights: 'sfc',
  })
  expect(trainOptions({ ...FORM, method: 'text-only' }, ['a'], [])[0]).toMatchObject({
    sfcNormalise: false,
    proxyInput: 'blank',
    proxyWarmup: 0,
    pairWeights: 'equal',
  })
  const [narrow] = trainOptions({ ...FORM, statuses: ['kept'], splits: ['train'] }, ['a'], ['', 'train'])
  expect(narrow?.filter).toEqual({ statuses: ['kept'], splits: ['train'] })
})

test('a learning rate that is left out is the usual one of model and tuning, the trainer’s own', () => {
  const [run] = trainOptions({ ...FORM, learningRate: ' ' }, ['a'], [])
  expect(trainFormErrors({ ...FORM, learningRate: ' ' }).learningRate).toBeNull()
  expect(run).not.toHaveProperty('learningRate')
  const table = /LEARNING_RATE = \{(.*)\}/.exec(
    readFileSync(new URL('../../../../trainer/blindfold_trainer/protocol/config.py', import.meta.url), 'utf8'),
  )![1]!
  const own = Object.fromEntries(
    table
      .split(',')
      .map((entry) => entry.split(':'))
      .map(([name, rate]) => [JSON.parse(name!) as string, Number(rate)]),
  )
  const usual = Object.fromEntries(TUNINGS.map((tuning) => [tuning, learningRateOf({ model: '/m', tuning })]))
  expect(own).toEqual({ tiny: learningRateOf({ tuning: 'full' }), ...usual })
})

test('a number that cannot be is said at its field', () => {
  expect(Object.values(trainFormErrors(FORM)).every((error) => error === null)).toBe(true)
  for (const [field, value] of [
    ['seed', '-1'],
    ['epochs', '0'],
    ['epochs', '1.5'],
    ['batchSize', '1'],
    ['learningRate', 'fast'],
    ['learningRate', '0'],
    ['sfcExponent', ''],
    ['sfcFloor', '2'],
    ['proxyWarmup', '0.5'],
    ['visionCache', '-1'],
  ] as const) {
    expect(trainFormErrors({ ...FORM, [field]: value })[field]).toMatch(/number/)
  }
})

test('a model of the hub wants a name and consent; what one origin needs is not sent for another', () => {
  const hub = {
    ...FORM,
    origin: 'hub' as const,
    hub: 'owner/name',
    revision: 'main',
    folder: '/kept/for/later',
    tuning: 'qlora' as const,
    maxPixels: '50176',
    tokenBudget: '2048',
  }
  expect(trainFormErrors(hub).consent).toMatch(/Allow/)
  expect(trainFormErrors({ ...hub, consent: true }).consent).toBeNull()
  expect(trainFormErrors({ ...hub, hub: 'no slash' }).hub).toBe('Enter the name as OWNER/NAME')
  expect(trainFormErrors({ ...FORM, origin: 'folder' }).folder).not.toBeNull()
  const [run] = trainOptions(hub, ['a'], [])
  expect(trainInput.parse(run)).toMatchObject({
    model: 'owner/name',
    revision: 'main',
    tuning: 'qlora',
    maxPixels: 50176,
    tokenBudget: 2048,
  })
  const kept = { ...hub, visionCache: '5' }
  expect(trainOptions(kept, ['a'], [])[0]).toMatchObject({ visionCache: 5 })
  expect(trainOptions({ ...kept, tuning: 'full' }, ['a'], [])[0]).toMatchObject({ visionCache: 0 })
  const [tiny] = trainOptions({ ...kept, origin: 'tiny' }, ['a'], [])
  expect(trainInput.parse(tiny)).toEqual({ ...trainOptions(FORM, ['a'], [])[0], tokenBudget: 2048 })
  expect(tiny).not.toHaveProperty('revision')
  expect(trainOptions({ ...hub, origin: 'folder' }, ['a'], [])[0]).toMatchObject({ model: '/kept/for/later' })
})

test('a fallback of a preflight stands on those before it, and becomes fields of the form that are valid', () => {
  const changes = [
    { token_budget: 2048 },
    { gradient_checkpointing: true },
    { tuning: 'qlora' as const },
    { max_pixels: 200_704 },
    { model: 'tiny' as const },
  ]
  const fallbacks = changes.map((each) => ({ title: 'smaller', changes: each, needed_bytes: 1, fits: true }))
  const taken = (index: number) => ({ ...FORM, origin: 'folder' as const, folder: '/m', ...formOf(fallbacks, index) })
  for (const index of changes.keys()) expect(Object.values(trainFormErrors(taken(index))).every((error) => error === null)).toBe(true)
  const [first] = trainOptions(taken(0), ['a'], [])
  expect(first).toMatchObject({ tokenBudget: 2048, gradientCheckpointing: FORM.gradientCheckpointing, tuning: FORM.tuning })
  expect(first).not.toHaveProperty('maxPixels')
  expect(trainOptions(taken(3), ['a'], [])[0]).toMatchObject({
    tokenBudget: 2048,
    gradientCheckpointing: true,
    tuning: 'qlora',
    maxPixels: 200_704,
  })
  expect(formOf(fallbacks, 4)).toEqual({ origin: 'tiny' })
})
