import { createRouterClient } from '@orpc/server'
import { Command } from 'commander'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { pairFilter, type PairFilter } from '../../src/contract/pairs.ts'
import { FILTER_NAMES, PAIR_FILTERS, type FilterName } from '../../src/core/pair-filters.ts'
import { createProject } from '../../src/db/project/open.ts'
import { filterFlags, pairFilterOf, type FilterOptions } from '../../src/host/cli/filter.ts'
import { places } from '../../src/host/compose.ts'
import { Backend } from '../../src/services/backend.ts'
import { createRouter } from '../../src/services/router.ts'
import { addPairs, newPair, Scratch } from '../db/project.ts'
import type { Client } from './backends.ts'

const scratch = new Scratch()
let backend: Backend
let client: Client

beforeAll(async () => {
  const { db, close } = createProject(scratch.project)
  addPairs(
    db,
    Array.from({ length: 4 }, (_, i) => newPair(i + 1, { prompt: `question ${i}` })),
    'vqa',
    'train',
  )
  close()
  backend = new Backend({ ...places(), userDir: scratch.folder })
  await backend.open(scratch.project, { trust: true })
  client = createRouterClient(createRouter(backend), { context: {} })
  await client.pairs.tag({ pairId: 1, add: ['odd'], remove: [] })
})

afterAll(async () => {
  await backend.close()
  scratch[Symbol.dispose]()
})

/** One value of each condition, and the flags that say it. */
const SAID: { [Name in FilterName]: [flags: string[], value: NonNullable<PairFilter[Name]>] } = {
  sources: [['--source', 'vqa'], ['vqa']],
  splits: [['--split', 'train'], ['train']],
  quadrants: [
    ['--quadrant', 'image-needed', '--quadrant', 'text-right'],
    ['image-needed', 'text-right'],
  ],
  statuses: [['--status', 'kept'], ['kept']],
  scored: [['--scored', 'no'], false],
  auditSfcMin: [['--audit-sfc-above', '0.25'], 0.25],
  auditSfcMax: [['--audit-sfc-below', '0'], 0],
  textMarginMin: [['--text-margin-above', '-1.5'], -1.5],
  textMarginMax: [['--text-margin-below', '2'], 2],
  mmMarginMin: [['--mm-margin-above', '0'], 0],
  mmMarginMax: [['--mm-margin-below', '-3'], -3],
  suspectMin: [['--suspect-above', '0.5'], 0.5],
  stale: [['--stale', 'yes'], true],
  tags: [['--tag', 'odd'], ['odd']],
  duplicates: [['--duplicates', 'same-pair'], ['same-pair']],
  hasImage: [['--has-image', 'no'], false],
  missingImages: [['--missing-images', 'no'], false],
  pairIds: [
    ['--pair', '2', '--pair', '4'],
    [2, 4],
  ],
  set: [['--set', '7'], 7],
  text: [['--text', 'question'], 'question'],
}

const parsed = (flags: readonly string[]): FilterOptions =>
  filterFlags(new Command().exitOverride().configureOutput({ writeErr: () => {} }))
    .parse(flags, { from: 'user' })
    .opts()

test.each(FILTER_NAMES)('the flags say %s, and the backend takes it', async (name) => {
  const [flags, value] = SAID[name]
  const filter = await pairFilterOf(client, parsed(flags))
  expect(filter).toEqual({ [name]: value })
  expect(pairFilter.parse(filter)).toEqual(filter)
  const all = await client.pairs.count({ filter: {} })
  expect((await client.pairs.count({ filter })).count).toBeLessThanOrEqual(all.count)
})

test('all conditions can be given at once, and each limits the others', async () => {
  const flags = FILTER_NAMES.flatMap((name) => SAID[name][0])
  const filter = await pairFilterOf(client, parsed(flags))
  expect(Object.keys(filter).sort()).toEqual([...FILTER_NAMES].sort())
  expect(await client.pairs.count({ filter })).toEqual({ count: 0 })
})

test('a condition that is not one is refused by the contract, not left out', async () => {
  await expect(client.pairs.count({ filter: { colour: 'red' } as PairFilter })).rejects.toMatchObject({ code: 'INVALID_INPUT' })
})

test.each([
  [['--scored', 'perhaps'], 'yes, no'],
  [['--suspect-above', '2'], 'from 0 to 1'],
  [['--mm-margin-above', 'x'], 'a number'],
  [['--pair', '0'], 'whole number'],
  [['--status', 'gone'], 'unreviewed'],
])('%j is refused', (flags, why) => {
  expect(() => parsed(flags)).toThrow(why)
})

test('a source that is not there, and a bound that is given twice, are refused', async () => {
  await expect(pairFilterOf(client, parsed(['--source', 'nowhere']))).rejects.toMatchObject({
    code: 'NOT_FOUND',
    detail: { field: '--source', remedy: 'Name one of: vqa.' },
  })
  await expect(pairFilterOf(client, parsed(['--shortcut-prone', '--text-margin-above', '1']))).rejects.toMatchObject({
    code: 'INVALID_INPUT',
  })
})

test('addresses and flags are all different', () => {
  const rows = FILTER_NAMES.map((name) => PAIR_FILTERS[name])
  expect(new Set(rows.map(({ param }) => param)).size).toBe(rows.length)
  expect(new Set(rows.map(({ flag }) => flag.split(' ')[0])).size).toBe(rows.length)
})
