import { expect, test } from 'vitest'
import type { DbClient } from '../../db/worker/client.ts'
import { identified } from '../../db/pairs/hash.ts'
import type { StatedPair } from '../../db/pairs/batch.ts'
import { BatchWriter } from './batch.ts'

const pair = (given: Partial<StatedPair>): StatedPair => ({
  ...{ row: 1, part: 0, externalId: null, prompt: 'p', messages: null, chosen: 'c', rejected: 'r', images: [], metadata: {} },
  ...{ tied: false, source: null, split: null, tags: [], history: [], raw: '' },
  ...given,
})
const said = { reverts: null, prompt: null, rejected: null, blind: false, annotator: 'ann', at: '2026-03-01T09:00:00.000Z' }

test.each([
  ['texts', { chosen: 'x'.repeat(2 ** 20) }],
  ['histories', { history: [{ ...said, action: 'edit' as const, status: 'edited' as const, chosen: 'x'.repeat(2 ** 20) }] }],
  ['names of missing images', { images: Array.from({ length: 256 }, () => ({ missing: 'x'.repeat(4096), reason: 'gone' })) }],
])('long %s fill a batch before it has many pairs', (_, given) => {
  const writer = new BatchWriter({} as DbClient, 1)
  let pairs = 0
  while (!writer.due) writer.addPrepared({ pairs: [identified(pair({ ...given, row: ++pairs }))], media: [], remarks: [] })
  expect(pairs).toBe(8)
})
