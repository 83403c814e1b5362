import fc from 'fast-check'
import { expect, test } from 'vitest'
import { segments } from './segments.ts'
import { wordDiff, type Span } from './word-diff.ts'
import { snippet } from '../../features/pairs/snippet.ts'
import { isolated } from './direction.ts'
import { matches } from '../../../src/core/search-words.ts'
import { beginning, wholeGraphemes } from '../../../src/core/segments.ts'
import { anyScript, graphemeCuts, TRICKY, wordCuts } from '../../../test/arbitrary-scripts.ts'

const words = fc
  .array(fc.constantFrom('the', 'red', 'blue', 'cube', 'is', 'left', '.', ' ', '\n', 'größer', '猫'))
  .map((parts) => parts.join(' '))

/** What is left of a text without its spans. */
function without(text: string, spans: readonly Span[]): string {
  let at = 0
  let rest = ''
  for (const { start, end } of spans) {
    rest += text.slice(at, start)
    at = end
  }
  return rest + text.slice(at)
}

test('both texts without their differences are the same text', () => {
  fc.assert(
    fc.property(words, words, (left, right) => {
      const diff = wordDiff(left, right)
      expect(without(left, diff.left)).toBe(without(right, diff.right))
      expect(diff.shared).toBeGreaterThanOrEqual(0)
      expect(diff.shared).toBeLessThanOrEqual(1)
      expect(diff.shared === 1).toBe(left === right)
    }),
  )
})

test('only the word that differs is marked', () => {
  const left = 'The red cube is left of the ball.'
  const right = 'The blue cube is left of the ball.'
  const diff = wordDiff(left, right)
  expect(diff.left.map(({ start, end }) => left.slice(start, end))).toEqual(['red'])
  expect(diff.right.map(({ start, end }) => right.slice(start, end))).toEqual(['blue'])
})

const spans = fc.array(
  fc.tuple(fc.integer({ min: -2, max: 60 }), fc.integer({ min: 0, max: 12 })).map(([start, length]) => ({ start, end: start + length })),
  { maxLength: 6 },
)
const tokens = spans.chain((list) =>
  fc.tuple(...list.map((span) => fc.double({ min: -2, max: 2, noNaN: true }).map((value) => ({ ...span, value })))),
)

test('segments in order are the text, and each is inside or outside of every span', () => {
  fc.assert(
    fc.property(words, spans, tokens, (text, differing, marked) => {
      const cut = segments(text, differing, marked)
      expect(cut.map((segment) => segment.text).join('')).toBe(text)
      for (const segment of cut) {
        const middle = (segment.start + segment.end) / 2
        const covers = (span: Span) => span.start < middle && middle < span.end
        expect(segment.differs).toBe(differing.some(covers))
        expect(segment.value !== null).toBe(marked.some(covers))
      }
    }),
  )
})

test('a word keeps its value where a difference begins inside of it', () => {
  const cut = segments(
    'red cube',
    [{ start: 1, end: 8 }],
    [
      { start: 0, end: 3, value: 0.5 },
      { start: 4, end: 8, value: -1 },
    ],
  )
  expect(cut.map(({ text, differs, value }) => [text, differs, value])).toEqual([
    ['r', false, 0.5],
    ['ed', true, 0.5],
    [' ', true, null],
    ['cube', true, -1],
  ])
})

const marked = (text: string, list: readonly Span[]) => list.map(({ start, end }) => text.slice(start, end))

test.each([
  ['скин: 👍🏽 here', 'скин: 👍🏿 here', ['👍🏽'], ['👍🏿']],
  ['I see 👨‍👩‍👧 now', 'I see 👨‍👩‍👧‍👦 now', ['👨‍👩‍👧'], ['👨‍👩‍👧‍👦']],
  ['flag 🇩🇪🇫🇷', 'flag 🇩🇪🇫🇮', ['🇫🇷'], ['🇫🇮']],
  ['👩🏽‍🚀 flies', '👩🏻‍🚀 flies', ['👩🏽‍🚀'], ['👩🏻‍🚀']],
  ['यह लाल है', 'यह लाली है', ['लाल'], ['लाली']],
  ['गाड़ी खड़ी है', 'गाड़ी खड़ा है', ['खड़ी'], ['खड़ा']],
  ['красная машина', 'красный машина', ['красная'], ['красный']],
  ['המכונית אדומה כאן', 'המכונית כחולה כאן', ['אדומה'], ['כחולה']],
  ['السيارة حمراء هنا', 'السيارة حمرا هنا', ['حمراء'], ['حمرا']],
  ['cafe\u0301 noir', 'cafe noir', ['cafe\u0301'], ['cafe']],
  ['서울에서 왔다', '서울에 왔다', ['서울에서'], ['서울에']],
  ['\u1112\u1161\u11ab 좋다', '\u1112\u1161 좋다', ['\u1112\u1161\u11ab'], ['\u1112\u1161']],
  ['图片中有红色的汽车。', '图片中有蓝色的汽车。', ['红色'], ['蓝色']],
  ['รถสีแดงจอดอยู่ข้างบ้าน', 'รถสีดำจอดอยู่ข้างบ้าน', ['แดง'], ['ดำ']],
])('marks whole words: %s | %s', (left, right, inLeft, inRight) => {
  const diff = wordDiff(left, right)
  expect(marked(left, diff.left)).toEqual(inLeft)
  expect(marked(right, diff.right)).toEqual(inRight)
})

test('no mark of any text cuts a word or a grapheme, and the texts without their marks are the same', () => {
  fc.assert(
    fc.property(anyScript, anyScript, anyScript, (before, left, right) => {
      const texts = { left: before + left, right: before + right }
      const diff = wordDiff(texts.left, texts.right)
      expect(without(texts.left, diff.left)).toBe(without(texts.right, diff.right))
      expect(diff.shared === 1).toBe(texts.left === texts.right)
      for (const side of ['left', 'right'] as const) {
        const [graphemes, words] = [graphemeCuts(texts[side]), wordCuts(texts[side])]
        let last = -1
        for (const { start, end } of diff[side]) {
          expect(start).toBeGreaterThan(last)
          expect(end).toBeGreaterThan(start)
          for (const at of [start, end]) expect([graphemes.has(at), words.has(at)], JSON.stringify([texts[side], at])).toEqual([true, true])
          last = end
        }
      }
    }),
    { numRuns: 1500 },
  )
})

test('the heat of tokens that cut graphemes is drawn on whole graphemes, and every value is still there', () => {
  const tokens = fc.array(fc.tuple(fc.integer({ min: -2, max: 90 }), fc.integer({ min: 0, max: 5 }), fc.integer({ min: 1, max: 9 })), {
    maxLength: 8,
  })
  fc.assert(
    fc.property(anyScript, tokens, (text, list) => {
      const words = list.map(([start, length, value]) => ({ start, end: start + length, value }))
      const cut = segments(text, [], words)
      expect(cut.map((segment) => segment.text).join('')).toBe(text)
      const graphemes = graphemeCuts(text)
      for (const { start, end } of cut) expect([graphemes.has(start), graphemes.has(end)]).toEqual([true, true])
      for (const { start, end, value } of words) {
        const inside = { start: Math.max(0, start), end: Math.min(text.length, end) }
        if (inside.start >= inside.end) continue
        const here = cut.filter((segment) => segment.start < inside.end && inside.start < segment.end)
        for (const segment of here) expect(segment.value ?? 0).toBeGreaterThanOrEqual(value)
      }
    }),
    { numRuns: 800 },
  )
  expect(wholeGraphemes('a👍🏽b', { start: 2, end: 3 })).toEqual({ start: 1, end: 5 })
})

test('long texts are compared in bounded time, and what differs in them is still marked by words', () => {
  const words = (seed: number, n: number) => Array.from({ length: n }, (_, i) => TRICKY[(i * seed * 7 + ((i * i) % 31)) % 50] as string)
  // Far more edits than are searched for: each tenth word differs, but single ones hold the texts together.
  const left = Array.from({ length: 30_000 }, (_, i) => (i % 10 === 5 ? `left${i}` : i % 10 === 0 ? `both${i}` : 'same')).join(' ')
  const right = left.replaceAll('left', 'right')
  const began = performance.now()
  const diff = wordDiff(left, right)
  expect(diff.left).toHaveLength(3000)
  expect(new Set(marked(left, diff.left))).toEqual(new Set(Array.from({ length: 3000 }, (_, i) => `left${i * 10 + 5}`)))
  const unlike = wordDiff(words(1, 20_000).join(' '), words(3, 20_000).join('. '))
  expect(without(words(1, 20_000).join(' '), unlike.left)).toBe(without(words(3, 20_000).join('. '), unlike.right))
  expect(performance.now() - began).toBeLessThan(10_000)
})

test('a sentence with right-to-left names isolates each of them, and any other stays as it is', () => {
  expect(isolated('Import קובץ (1).jsonl into מקור')).toBe('Import \u2068קובץ\u2069 (1).jsonl into \u2068מקור\u2069')
  expect(isolated('Slice “מקור ראשון 2” saved')).toBe('Slice “\u2068מקור ראשון\u2069 2” saved')
  expect(isolated('حمراء / أزرق · SFC 0.10')).toBe('\u2068حمراء / أزرق\u2069 · SFC 0.10')
  for (const text of ['Blind test', 'красная машина', '图片 3个', '👨‍👩‍👧']) expect(isolated(text)).toBe(text)
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('a', 'ב', 'ج', ' ', '1', '(', '中', '·') }), (text) => {
      const shown = isolated(text)
      expect(shown.replace(/[\u2068\u2069]/g, '')).toBe(text)
      expect(shown.replace(/\u2068[^\u2069a中]*\u2069/g, '')).not.toMatch(/[בج]/)
    }),
  )
})

test('a snippet and a cut text hold whole graphemes, and the snippet has the first match near its start', () => {
  fc.assert(
    fc.property(anyScript, anyScript, anyScript, fc.integer({ min: 0, max: 40 }), (start, a, b, length) => {
      const line = snippet(start + a, '')
      const shown = snippet(start + a, start + b).replace(/^… /, '')
      expect(line.endsWith(shown)).toBe(true)
      expect(graphemeCuts(line).has(line.length - shown.length)).toBe(true)
      const cut = beginning(start, length)
      expect(start.startsWith(cut)).toBe(true)
      expect(graphemeCuts(start).has(cut.length)).toBe(true)
      expect(cut.length).toBeLessThanOrEqual(length)
    }),
    { numRuns: 600 },
  )
  for (const [word, filler] of [
    ['汽车', '天空很蓝而且房子旁边有树。'],
    ['zebra', 'The sky is blue and the house is old. '],
    ['אדומה', 'השמיים כחולים והבית ישן. '],
  ] as const) {
    const shown = snippet(filler.repeat(20) + word + filler, '', word)
    expect(matches(shown, word)[0]?.start).toBeLessThan(48)
  }
})
