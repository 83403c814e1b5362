import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { PairFilter, PairSort } from '../../src/contract/pairs.ts'
import { annotate } from '../../src/db/annotations/queries.ts'
import * as pairs from '../../src/db/pairs/queries.ts'
import { LIMITS, narrow } from '../../src/db/pairs/narrow.ts'
import { matchExpression } from '../../src/db/pairs/search.ts'
import { asker } from '../../src/db/pairs/text-asked.ts'
import { answers, matches, tokens, wanted } from '../../src/core/search-words.ts'
import { anyScript, graphemeCuts, TRICKY } from '../arbitrary-scripts.ts'
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
  test.each([
    '"',
    '""',
    '"a',
    'a"b',
    '*',
    '^a',
    '-a',
    '{a b}:c',
    'a:b',
    'NEAR',
    'AND',
    'a AND',
    '(',
    ')',
    "'",
    ';--',
    '\0',
    'a\0b',
    '\u{1F600}',
    '\ud800',
    '+',
    '\\',
    '%',
    'a'.repeat(500),
  ])('is not upset by %j', (text) => {
    expect(() => found(text)).not.toThrow()
    expect(() => pairs.count(project.db, { text })).not.toThrow()
  })
})

describe('text search in every script', () => {
  const texts: Record<string, string> = {
    zh: '图片中有3个红色的汽车，天空很蓝。',
    ja: '東京のカメラで撮ったｶﾞﾗｽの写真',
    th: 'รถสีแดงจอดอยู่ข้างบ้านน้ำเงิน',
    km: 'ខ្ញុំឃើញរថយន្តក្រហម',
    lo: 'ລົດສີແດງຢູ່ຂ້າງເຮືອນ',
    my: 'ကားအနီရောင်ကို မြန်မာတွင်တွေ့သည်',
    ko: '서울에서 빨간 차를 보았다',
    hi: 'तस्वीर में लाल गाड़ी खड़ी है',
    ar: 'السَّيَّارَةُ حمراء في الصورة',
    he: 'המכונית אדומה (red), נכון?',
    fa: 'او می‌خواهد ماشین قرمز',
    ru: 'Красная машина, ёлка и Йод',
    el: 'Το αυτοκίνητο είναι ΚΌΚΚΙΝΟΣ',
    vi: 'Chiếc xe màu đỏ',
    tone: 'The person shows 👍🏽 to the camera',
    family: 'I see 👨‍👩‍👧‍👦 and ❤️ in the park',
    flags: 'Flags: 🇩🇪🇫🇷, box 1️⃣, 👩🏽‍🚀 GPT4模型',
    wide: 'Ａ ＲＥＤ cafe\u0301 ﬁsh isn’t',
  }
  const many = new Project()
  const names = Object.keys(texts)
  addPairs(
    many.db,
    names.map((name, i) => newPair(i + 1, { prompt: `p ${i}`, chosen: texts[name] as string, rejected: `other ${i}` })),
  )
  afterAll(() => many[Symbol.dispose]())
  const having = (text: string) =>
    pairs.list(many.db, { filter: { text }, sort: 'id', cursor: null, limit: 99 }).rows.map(({ pairId }) => names[pairId - 1])

  test.each([
    ['汽车', ['zh']],
    ['红色的汽车', ['zh']],
    ['3个', ['zh']],
    ['色的', ['zh']],
    ['车汽', []],
    ['红车', []],
    ['蓝', ['zh']],
    ['有3', ['zh']],
    ['カメラ', ['ja']],
    ['メラ', ['ja']],
    ['ガラス', ['ja']],
    ['写真', ['ja']],
    ['東京の', ['ja']],
    ['สีแดง', ['th']],
    ['ข้าง', ['th']],
    ['บ้าน', ['th']],
    ['บาน', []],
    ['น้ำ', ['th']],
    ['រថយន្ត', ['km']],
    ['ក្រហម', ['km']],
    ['ສີແດງ', ['lo']],
    ['အနီ', ['my']],
    ['မြန်မာ', ['my']],
    ['서울', ['ko']],
    ['차', ['ko']],
    ['서울에', ['ko']],
    ['울에서', []],
    ['\u110e\u1161\u1105\u1173\u11af', ['ko']],
    ['लाल', ['hi']],
    ['ला', []],
    ['गाड़ी', ['hi']],
    ['तस्व', ['hi']],
    ['السيارة', ['ar']],
    ['أحمراء', []],
    ['אדומה', ['he']],
    ['הַמכונית red', ['he']],
    ['میخواهد', ['fa']],
    ['می‌خواهد', ['fa']],
    ['красная', ['ru']],
    ['КРАСНАЯ машина', ['ru']],
    ['елка', []],
    ['иод', []],
    ['йод', ['ru']],
    ['κόκκινος', ['el']],
    ['κοκκινοσ', ['el']],
    ['do', []],
    ['chiec mau', ['vi']],
    ['👍', ['tone']],
    ['👍🏽', ['tone']],
    ['👍🏿', []],
    ['👨‍👩‍👧', []],
    ['👨‍👩‍👧‍👦', ['family']],
    ['❤', ['family']],
    ['❤️', ['family']],
    ['🇫🇷', ['flags']],
    ['🇪🇫', []],
    ['1️⃣', ['flags']],
    ['👩‍🚀', ['flags']],
    ['👩🏽‍🚀', ['flags']],
    ['👩🏿‍🚀', []],
    ['👩', []],
    ['模型', ['flags']],
    ['gpt4', ['flags']],
    ['a red', ['wide']],
    ['café fish', ['wide']],
    ["isn't", ['wide']],
  ])('%s is in %j', (typed, expected) => {
    expect(having(typed)).toEqual(expected)
    expect(pairs.count(many.db, { text: typed })).toBe(expected.length)
  })

  test('what begins with a minus must not occur, alone or beside what must', () => {
    const without = (...gone: string[]) => names.filter((name) => !gone.includes(name))
    expect(having('-汽车')).toEqual(without('zh'))
    expect(having('-red -“in the park”')).toEqual(without('he', 'wide', 'family'))
    expect(having('red -cafe')).toEqual(['he'])
    expect(having('red -"a red"')).toEqual(['he'])
    expect(having('-👍🏽 camera')).toEqual([])
    expect(having('-👍🏿 camera')).toEqual(['tone'])
    expect(having('-re red -')).toEqual(['he', 'wide'])
    expect(having('x-ray')).toEqual([])
    expect(having('"-red"')).toEqual(['he', 'wide'])
  })
})

test('matches are whole words and graphemes, and are there in just the texts that the search finds', () => {
  fc.assert(
    fc.property(
      anyScript,
      anyScript.map((text) => text.slice(0, 12)),
      fc.boolean(),
      (text, typed, fromText) => {
        const asked = (fromText ? text.slice(0, 6) : typed).toWellFormed()
        const parts = wanted(asked) ?? []
        const spans = matches(text, asked)
        const cuts = graphemeCuts(text)
        for (const { start, end } of spans) expect([cuts.has(start), cuts.has(end), start < end]).toEqual([true, true, true])
        const found = answers([tokens(text)], parts)
        if (parts.length > 0 && parts.every(({ excluded }) => !excluded) && found) expect(spans.length).toBeGreaterThan(0)
        if (parts.length === 1) expect(spans.length > 0).toBe(found !== parts[0]?.excluded && !parts[0]?.excluded)
      },
    ),
    { numRuns: 1500 },
  )
  expect(matches('有3个红色的汽车, 汽车', '汽车 3个')).toEqual([
    { start: 1, end: 3 },
    { start: 6, end: 8 },
    { start: 10, end: 12 },
  ])
  expect(matches('👍🏽 thumbs', '👍')).toEqual([{ start: 0, end: 4 }])
  expect(matches('reddish red -red', 'red')).toEqual([
    { start: 0, end: 7 },
    { start: 8, end: 11 },
    { start: 13, end: 16 },
  ])
  expect(matches('red cube', '-red cube')).toEqual([{ start: 4, end: 8 }])
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
    fc
      .array(fc.constantFrom('"', '*', '(', ')', 'AND', 'OR', 'NOT', 'NEAR', ':', '^', '{', '}', '-', '+', ',', 'a', ' ', '\0', 'chosen'), {
        maxLength: 12,
      })
      .map((parts) => parts.join('')),
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
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        'é',
        'e\u0301',
        'ß',
        'İ',
        'ſ',
        'K',
        'K',
        '東京',
        '½',
        '\u{1F600}',
        '\ufe0f',
        '\ue000',
        '\ud800',
        '\0',
        'café',
      ),
    },
  )
  const text = (most: number) => fc.array(piece, { maxLength: most }).map((pieces) => pieces.join(''))
  const texts = fc.sample(fc.tuple(text(6), text(9), text(9)), { numRuns: 150, seed: 5 })
  addPairs(
    fresh.db,
    texts.map(([prompt, chosen, rejected], i) =>
      newPair(i + 1, { prompt: `${prompt} ${i}`, chosen: `${chosen} c${i}`, rejected: `${rejected} r${i}` }),
    ),
  )
  annotate(fresh.db, { pairId: 7, action: 'edit', prompt: 'p', chosen: 'reddest', rejected: 'no', blind: false }, 'tester')
  const ids = fresh.db.prepare('SELECT id FROM pairs ORDER BY id').pluck().all() as number[]
  const index = fresh.db.prepare('SELECT rowid FROM pairs_fts WHERE pairs_fts MATCH ? ORDER BY rowid').pluck()
  const typed = fc
    .tuple(text(3), fc.constantFrom('', ' ', '"'), text(3))
    .map(([a, between, b]) => `${between === '"' ? '"' : ''}${a}${between}${b}`)
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

test('single pairs asked and the index agree on texts of every script, with exclusions and phrases', () => {
  using fresh = new Project()
  const texts = fc.sample(fc.tuple(anyScript, anyScript, anyScript), { numRuns: 200, seed: 11 })
  addPairs(
    fresh.db,
    texts.map(([prompt, chosen, rejected], i) =>
      newPair(i + 1, { prompt: `${prompt} ${i}`, chosen: `${chosen} c${i}`, rejected: `${rejected} r${i}` }),
    ),
  )
  // Edited texts go in by the trigger, not with the others.
  for (const pairId of [3, 50, 120]) {
    const [prompt, chosen] = texts[pairId] as [string, string, string]
    annotate(fresh.db, { pairId, action: 'edit', prompt: `e ${prompt}`, chosen: `e ${chosen}`, rejected: 'никто', blind: false }, 'tester')
  }
  const ids = fresh.db.prepare('SELECT id FROM pairs ORDER BY id').pluck().all() as number[]
  const index = fresh.db.prepare('SELECT rowid FROM pairs_fts WHERE pairs_fts MATCH ? ORDER BY rowid').pluck()
  const piece = fc.oneof(
    fc.constantFrom(...TRICKY, '3个', 'red', 'the'),
    anyScript.map((text) => text.slice(0, 5)),
  )
  const typed = fc
    .array(fc.tuple(fc.constantFrom('', '', '', '-', '"', '-"'), piece), { minLength: 1, maxLength: 3 })
    .map((parts) => parts.map(([sign, text]) => `${sign}${text}${sign.endsWith('"') ? '"' : ''}`).join(' '))
  let some = 0
  fc.assert(
    fc.property(typed, (typed) => {
      const expression = matchExpression(typed)
      if (!expression) return
      const asks = asker(fresh.db, typed)
      const said = ids.filter((id) => asks(id).yes)
      expect(said, expression).toEqual(index.all(expression))
      if (said.length > 0 && said.length < ids.length) some += 1
    }),
    { numRuns: 500 },
  )
  expect(some).toBeGreaterThan(150)
})

test('a text that many pairs have is looked up only where other conditions may keep them from a walk along the queue', () => {
  using big = new Project()
  addPairs(
    big.db,
    Array.from({ length: 200 }, (_, row) => newPair(row, { prompt: `${row < 60 ? 'all' : row < 70 ? 'few' : 'other'} ${row}` })),
  )
  const lookedUp = (text: string, sort: PairSort, filter: PairFilter = {}) =>
    narrow(big.db, { text, ...filter }, sort, LIMITS)?.ids.length ?? null
  expect(lookedUp('all', '-textMargin')).toBeNull()
  expect(lookedUp('all', 'id')).toBe(60)
  expect(lookedUp('all', '-textMargin', { auditSfcMin: 0 })).toBe(60)
  expect(lookedUp('few', '-textMargin')).toBe(10)
})
