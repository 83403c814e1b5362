import { expect, test } from 'vitest'
import { pairRow } from '../contract/pairs.ts'
import { COLUMN_NAMES, columnOf, EXPORTED_COLUMNS, LIST_COLUMNS, PAIR_COLUMNS, TABLE_COLUMNS, type PairRow } from './pair-columns.ts'

const ROW: PairRow = {
  id: 'a'.repeat(64),
  externalId: null,
  source: 'ours',
  textMargin: -0.5,
  textLoss: 1,
  mmMargin: null,
  mmLoss: null,
  priorSfc: 0.5,
  auditSfc: null,
  influence: null,
  quadrant: 'text-right',
  fold: 0,
  status: 'unreviewed',
  shortcutProne: false,
  suspect: null,
  stale: false,
  pairId: 1,
  split: '',
  tags: ['odd'],
  missingImages: 0,
  prompt: 'p',
  chosen: 'c',
  rejected: 'r',
  images: ['b'.repeat(64)],
}
/** A value that no column of the kind holds. */
const WRONG = { whole: 1.5, number: '1', share: '1', text: 1, texts: [1], flag: 1, hash: 'x', hashes: ['x'], word: 'x' }

test('the contract takes a row as the table describes it, and nothing else in any column', () => {
  expect(pairRow.parse(ROW)).toEqual(ROW)
  for (const name of COLUMN_NAMES) {
    const { kind, nullable } = columnOf(name)
    expect(pairRow.safeParse({ ...ROW, [name]: WRONG[kind] }).success, name).toBe(false)
    expect(pairRow.safeParse({ ...ROW, [name]: null }).success, name).toBe(nullable === true)
    expect(pairRow.safeParse({ ...ROW, [name]: undefined }).success, name).toBe(false)
  }
})

test('lists name columns that exist, each once, with a label of its own', () => {
  expect(new Set(TABLE_COLUMNS).size).toBe(TABLE_COLUMNS.length)
  for (const name of [...TABLE_COLUMNS, ...Object.keys(LIST_COLUMNS), ...Object.keys(EXPORTED_COLUMNS)])
    expect(PAIR_COLUMNS).toHaveProperty(name)
  expect(new Set(COLUMN_NAMES.map((name) => columnOf(name).label)).size).toBe(COLUMN_NAMES.length)
})
