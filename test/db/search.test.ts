import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { PairFilter, PairSort } from '../../src/contract/pairs.ts'
import { annotate } from '../../src/db/queries/annotations.ts'
import * as pairs from '../../src/db/queries/pairs.ts'
import { LIMITS, narrow } from '../../src/db/pairs/narrow.ts'
import { matchExpression } from '../../src/db/pairs/search.ts'
import { asker } from '../../src/db/pairs/text-asked.ts'
import { addPairs, newPair, Project } from './project.ts'

let project: Project
const found = (text: string) =>
  pairs.list(project.db, { filter: { text }, sort: 'id', cursor: null, limit: 500 }).rows.map(({ chosen }) => chosen)

beforeAll(() => {
  project = new Project()
  addPairs(project.db, [
    newPair(1, { prompt: 'Is there a pneumothorax?', chosen: "No, there isn't one.", rejected: 'Yes.' }),
    newPair(2, { prompt: 'Which colour is the café?', chosen: 'Blue-green (AND red)', rejected: 'NOT red' }),
    newPair(3, { prompt: '図は何ですか', chosen: '日本 東京', rejected: 'Größe 12.5 mm' }),
  ])
})
afterAll(() => project[Symbol.dispose]())

describe('text search', () => {
  test('wants every word, in any of the texts, whatever the case or accents', () => {
    expect(found('PNEUMOTHORAX yes')).toEqual(["No, there isn't one."])
    expect(found('cafe blue')).toEqual(['Blue-green (AND red)'])
    expect(found('grosse')).toEqual([])
    expect(found('größe 12.5')).toEqual(['日本 東京'])
    expect(found('pneumothorax blue')).toEqual([])
  })
  test('takes the last word for a beginning, the others whole', () => {
    expect(found('pneumo')).toHaveLength(1)
    expect(found('pneumo yes')).toEqual([])
    expect(found('yes pneumo')).toHaveLength(1)
  })
  test('takes quoted words for a phrase', () => {
    expect(found('"there isn\'t"')).toHaveLength(1)
    expect(found('"isn\'t there"')).toEqual([])
  })
  test('without a word limits nothing when blank, and finds nothing when it is signs', () => {
    expect(found('  ')).toHaveLength(3)
    expect(found('"" ?!')).toEqual([])
  })
  test('takes operators, columns and brackets of FTS5 for words', () => {
    expect(found('AND')).toEqual(['Blue-green (AND red)'])
    expect(found('NOT red')).toEqual(['Blue-green (AND red)'])
    expect(found('zzz OR pneumothorax')).toEqual([])
    expect(found('chosen:blue')).toEqual([])
    expect(found('blue* (green')).toEqual(['Blue-green (AND red)'])
    expect(found('NEAR(blue green)')).toEqual([])
  })
  test.each(['"', '""', '"a', 'a"b', '*', '^a', '-a', '{a b}:c', 'a:b', 'NEAR', 'AND', 'a AND', '(', ')', "'", ';--', '\0', 'a\0b', '\u{1F600}', '\ud800', '+', '\\', '%', 'a'.repeat(500)])(
    'is not upset by %j',
    (text) => {
      expect(() => found(text)).not.toThrow()
      expect(() => pairs.count(project.db, { text })).not.toThrow()
    },
  )
})

test('a search made before is made again once pairs were added or edited', () => {
  using fresh = new Project()
  const count = () => pairs.count(fresh.db, { text: 'zebra' })
  addPairs(fresh.db, [newPair(1, { chosen: 'a zebra' })])
  expect([count(), count()]).toEqual([1, 1])
  addPairs(fresh.db, [newPair(2, { chosen: 'two zebras' })])
  expect(count()).toBe(2)
  annotate(fresh.db, { pairId: 1, action: 'edit', prompt: 'p', chosen: 'a horse', rejected: 'no', blind: false }, 'tester')
  expect(count()).toBe(1)
})

test('no text at all upsets it, and a word of a pair always finds the pair', () => {
  const hostile = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.array(fc.constantFrom('"', '*', '(', ')', 'AND', 'OR', 'NOT', 'NEAR', ':', '^', '{', '}', '-', '+', ',', 'a', ' ', '\0', 'chosen'), { maxLength: 12 }).map((parts) => parts.join('')),
  )
  fc.assert(
    fc.property(hostile, (text) => {
      expect(pairs.count(project.db, { text })).toBe(found(text).length)
    }),
    { numRuns: 500 },
  )
  for (const { prompt, chosen, rejected } of [1, 2, 3].map((id) => pairs.get(project.db, id))) {
    for (const word of `${prompt} ${chosen} ${rejected}`.split(/\s+/)) expect(found(word), word).toContain(chosen)
  }
})

test('a pair asked for a text says what the index says, whatever text and question', () => {
  using fresh = new Project()
  const piece = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom('red', 'reddish', 'Red2', 're', 'a', '12', '12.5', "isn't", 'x-ray', 'RAY', 'blue_green') },
    { weight: 2, arbitrary: fc.constantFrom(' ', ' ', '\n', '.', '-', '“', '…', '–', '€', '\u00a0', '\u200b', "'", '_') },
    { weight: 1, arbitrary: fc.constantFrom('é', 'e\u0301', 'ß', 'İ', 'ſ', 'K', 'K', '東京', '½', '\u{1F600}', '\ufe0f', '\ue000', '\ud800', '\0', 'café') },
  )
  const text = (most: number) => fc.array(piece, { maxLength: most }).map((pieces) => pieces.join(''))
  const texts = fc.sample(fc.tuple(text(6), text(9), text(9)), { numRuns: 150, seed: 5 })
  addPairs(fresh.db, texts.map(([prompt, chosen, rejected], i) => newPair(i + 1, { prompt: `${prompt} ${i}`, chosen: `${chosen} c${i}`, rejected: `${rejected} r${i}` })))
  annotate(fresh.db, { pairId: 7, action: 'edit', prompt: 'p', chosen: 'reddest', rejected: 'no', blind: false }, 'tester')
  const ids = fresh.db.prepare('SELECT id FROM pairs ORDER BY id').pluck().all() as number[]
  const index = fresh.db.prepare('SELECT rowid FROM pairs_fts WHERE pairs_fts MATCH ? ORDER BY rowid').pluck()
  const typed = fc.tuple(text(3), fc.constantFrom('', ' ', '"'), text(3)).map(([a, between, b]) => `${between === '"' ? '"' : ''}${a}${between}${b}`)
  let some = 0
  fc.assert(
    fc.property(typed, (typed) => {
      const expression = matchExpression(typed)
      if (!expression) return
      const asks = asker(fresh.db, typed)
      const said = ids.filter((id) => asks(id).yes)
      expect(said).toEqual(index.all(expression))
      if (said.length > 0) some += 1
    }),
    { numRuns: 400 },
  )
  expect(some).toBeGreaterThan(100)
  expect(asker(fresh.db, 'red')(ids.length + 1).yes).toBe(false)
})

test('a text that many pairs have is looked up only where other conditions may keep them from a walk along the queue', () => {
  using big = new Project()
  addPairs(big.db, Array.from({ length: 200 }, (_, row) => newPair(row, { prompt: `${row < 60 ? 'all' : row < 70 ? 'few' : 'other'} ${row}` })))
  const lookedUp = (text: string, sort: PairSort, filter: PairFilter = {}) => narrow(big.db, { text, ...filter }, sort, LIMITS)?.ids.length ?? null
  expect(lookedUp('all', 'sfc')).toBeNull()
  expect(lookedUp('all', 'id')).toBe(60)
  expect(lookedUp('all', 'sfc', { sfcMin: 0 })).toBe(60)
  expect(lookedUp('few', 'sfc')).toBe(10)
})
