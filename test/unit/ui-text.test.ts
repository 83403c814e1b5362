import fc from 'fast-check'
import { expect, test } from 'vitest'
import { segments } from '../../renderer/ui/segments.ts'
import { wordDiff, type Span } from '../../renderer/ui/word-diff.ts'

const words = fc.array(fc.constantFrom('the', 'red', 'blue', 'cube', 'is', 'left', '.', ' ', '\n', 'größer', '猫')).map((parts) => parts.join(' '))

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
const tokens = spans.chain((list) => fc.tuple(...list.map((span) => fc.double({ min: -2, max: 2, noNaN: true }).map((value) => ({ ...span, value })))))

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
  const cut = segments('red cube', [{ start: 1, end: 8 }], [{ start: 0, end: 3, value: 0.5 }, { start: 4, end: 8, value: -1 }])
  expect(cut.map(({ text, differs, value }) => [text, differs, value])).toEqual([
    ['r', false, 0.5],
    ['ed', true, 0.5],
    [' ', true, null],
    ['cube', true, -1],
  ])
})
