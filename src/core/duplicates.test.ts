import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fold, foldedTexts, nearResponses, repeatKey, SHARED_KINDS, type ComparedPair } from './duplicates.ts'

const pair = (over: Partial<ComparedPair> = {}): ComparedPair => ({
  prompt: 'p',
  chosen: 'a',
  rejected: 'b',
  messages: null,
  images: [],
  ...over,
})

describe('folding', () => {
  test.each([
    ['Case, commas; and   SPACES\n\tgo.', 'case commas and spaces go'],
    ['It’s the boy\'s "cat"…', 'its the boys cat'],
    ['ﬁne STRASSE', 'fine strasse'],
    ['fine Straße', 'fine strasse'],
    ['ΟΔΟΣ οδός', 'οδος οδός'],
    ['full width ＡＢＣ１２', 'full width abc12'],
    ['zero\u200bwidth\u00a0space', 'zero width space'],
    ['The answer is **5**.', 'the answer is 5'],
    ['\ud800 lone', '\ud800 lone'],
  ])('%j is %j', (text, folded) => expect(fold(text)).toBe(folded))

  test.each([
    ['-5', '5'],
    ['−5', '5'],
    ['1.5', '15'],
    ['-.5', '.5'],
    ['3*4', '3/4'],
    ['50%', '50'],
    ['C#', 'C'],
    ['a+b', 'a b'],
    ['now here', 'nowhere'],
    ['café', 'cafe'],
  ])('%j and %j stay different', (a, b) => expect(fold(a)).not.toBe(fold(b)))

  test('is idempotent, and never cares for case or the kind of white space', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 30 }), (text) => {
        const folded = fold(text)
        expect(fold(folded)).toBe(folded)
        expect(fold(` ${text}\u2003`)).toBe(folded)
      }),
      { numRuns: 3000 },
    )
  })

  test('folds ASCII the same way alone and beside other letters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary-ascii', maxLength: 40 }), (text) => {
        expect(fold(`${text} é`)).toBe(`${fold(text)} é`.trim())
      }),
      { numRuns: 3000 },
    )
  })
})

describe('keys', () => {
  const text = fc.constantFrom('a', 'A', 'b', 'b.', '["a","b"]', '')
  const arbitrary = fc.record({
    prompt: text,
    chosen: text,
    rejected: text,
    messages: fc.constant(null),
    images: fc.array(fc.constantFrom<string | { missing: string }>('i', 'j', { missing: 'i' }), { maxLength: 2 }),
  })

  test('are equal exactly where what they stand for is', () => {
    const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b)
    fc.assert(
      fc.property(arbitrary, arbitrary, (a, b) => {
        const question = same([a.prompt, a.images], [b.prompt, b.images])
        const straight = a.chosen === b.chosen && a.rejected === b.rejected
        const turned = a.chosen === b.rejected && a.rejected === b.chosen
        const near = same(
          [fold(a.prompt), fold(a.chosen), fold(a.rejected), a.images],
          [fold(b.prompt), fold(b.chosen), fold(b.rejected), b.images],
        )
        const expected = {
          'same-pair': question && straight,
          'flipped-twin': question && (straight || turned),
          'near-pair': near,
          'same-question': question,
        }
        for (const kind of SHARED_KINDS) expect(repeatKey(kind, a).key === repeatKey(kind, b).key, kind).toBe(expected[kind])
        if (question && turned && a.chosen !== a.rejected) {
          expect(repeatKey('flipped-twin', a).variant).not.toBe(repeatKey('flipped-twin', b).variant)
        }
      }),
      { numRuns: 5000 },
    )
  })

  test('tell the place of an image in the prompt apart', () => {
    const turns = (imageFirst: boolean) => {
      const content = [{ type: 'text' as const, text: 'p' }, { type: 'image' as const }]
      return [{ role: 'user' as const, content: imageFirst ? content.toReversed() : content }]
    }
    const key = (of: ComparedPair) => repeatKey('same-pair', of).key
    expect(key(pair({ images: ['i'], messages: turns(true) }))).not.toBe(key(pair({ images: ['i'], messages: turns(false) })))
  })

  test('responses that say the same are near', () => {
    expect(nearResponses(foldedTexts(pair({ chosen: 'A cat.', rejected: 'a  cat' })))).toBe(true)
    expect(nearResponses(foldedTexts(pair({ chosen: 'A cat.', rejected: 'a cat?' })))).toBe(true)
    expect(nearResponses(foldedTexts(pair({ chosen: '-1', rejected: '1' })))).toBe(false)
  })
})
