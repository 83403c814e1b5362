import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { GUARD_COLUMN, guarded, isFormula, unguarded } from './formulas.ts'
import { tableSplitter } from '../formats/containers/table.ts'

const cell = fc.string({ unit: fc.constantFrom('=', '+', '-', '@', "'", '"', ' ', '\t', '\r', '\n', '\u00a0', '＝', 'a', '1', 'é', '') })

describe('cells that a spreadsheet may run', () => {
  test.each([
    '=1+1',
    '=HYPERLINK("http://evil.example")',
    '+1',
    '-1',
    '@SUM(A1)',
    '\t=1',
    '\r=1',
    '\n1',
    ' =1',
    '\u00a0=1',
    '"=1',
    "'=1",
    ' "\' =1',
    '＝1',
    '- a list',
    '-5',
  ])('%j is guarded', (text) => {
    expect(guarded(text)).toBe(`'${text}`)
    expect(unguarded(guarded(text))).toBe(text)
  })

  test.each(['', 'a=1', '1+1', "'", "'a", '" ', '[1]', '{"a": 1}', '中文', 'a\n=1'])('%j stays as it is', (text) => {
    expect(guarded(text)).toBe(text)
    expect(unguarded(text)).toBe(text)
  })

  test('every cell comes back, and none that is written is run', () => {
    fc.assert(
      fc.property(cell, (text) => {
        expect(unguarded(guarded(text))).toBe(text)
        expect(guarded(text)).not.toMatch(/^[\s"]*[=+\-@\uff1d]|^["]*[\t\r\n]/)
        expect(isFormula(guarded(text))).toBe(isFormula(text))
      }),
    )
  })
})

describe('a table with guards', () => {
  const rows = (text: string) => {
    const splitter = tableSplitter(',')
    return [...splitter.push(Buffer.from(text)), ...splitter.end()].map((row) => ('value' in row ? row.value : null))
  }

  test('is read without them in the rows that say so, and in no other', () => {
    expect(rows(`a,${GUARD_COLUMN}\r\n'=1,guarded\r\n'=1,\r\n'=1,kept\r\n''=1,guarded\r\n'a,guarded\r\n`)).toEqual([
      { a: '=1' },
      { a: "'=1" },
      { a: "'=1", [GUARD_COLUMN]: 'kept' },
      { a: "'=1" },
      { a: "'a" },
    ])
    expect(rows("a\r\n'=1\r\n")).toEqual([{ a: "'=1" }])
  })
})
