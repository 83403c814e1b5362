import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { inert, inertLine } from './inert.ts'

/** Every character that acts on a terminal or on the order in which text is read. */
const ACTING = [
  ...Array.from({ length: 32 }, (_, code) => code).filter((code) => code !== 9 && code !== 10),
  0x7f,
  ...Array.from({ length: 32 }, (_, i) => 0x80 + i),
  0x61c,
  0x200e,
  0x200f,
  0x2028,
  0x2029,
  0x202a,
  0x202b,
  0x202c,
  0x202d,
  0x202e,
  0x2066,
  0x2067,
  0x2068,
  0x2069,
].map((code) => String.fromCharCode(code))

const hostile = fc.string({ unit: fc.oneof(fc.constantFrom(...ACTING), fc.string({ unit: 'binary', maxLength: 1 })) })

describe('text for terminals', () => {
  test('keeps no acting character, and changes no other', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const shown = inert(text)
        for (const character of ACTING) expect(shown).not.toContain(character)
        expect(inert(shown)).toBe(shown)
        expect(shown.replace(/\\u[0-9a-f]{4}/g, '')).toBe(
          [...text]
            .filter((each) => !ACTING.includes(each))
            .join('')
            .replace(/\\u[0-9a-f]{4}/g, ''),
        )
        expect(inertLine(text)).not.toMatch(/[\n\t]/)
      }),
    )
  })

  test('in JSON is the same value', () => {
    fc.assert(
      fc.property(fc.dictionary(hostile, fc.array(hostile)), (value) => {
        const json = inert(JSON.stringify(value))
        for (const character of ACTING) expect(json).not.toContain(character)
        expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify(value)))
      }),
    )
  })

  test.each([
    ['title of the window', '\u001b]0;owned\u0007', '\\u001b]0;owned\\u0007'],
    ['colour', '\u001b[31mred\u009b0m', '\\u001b[31mred\\u009b0m'],
    ['line written over', 'failed\rdone  ', 'failed\\u000ddone  '],
    ['direction', 'a\u202egnp.exe', 'a\\u202egnp.exe'],
    ['emoji, joiners, other scripts and blanks', '👩‍👩‍👧 größer\tمرحبا\n中文\u00a0', '👩‍👩‍👧 größer\tمرحبا\n中文\u00a0'],
  ])('%s', (_name, text, shown) => expect(inert(text)).toBe(shown))
})
