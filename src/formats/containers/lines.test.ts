import fc from 'fast-check'
import { expect, test, vi } from 'vitest'
import { lineSplitter } from './lines.ts'

const line = fc.constantFrom('', ' ', '\t', '\r', ' \r', '{"a":1}', ' {"b":2} ', 'x\ry', ' x')

/** Rows, texts and ends of a file that comes in these pieces. */
function read(text: string, cuts: readonly number[]) {
  const bytes = Buffer.from(text)
  const splitter = lineSplitter()
  const places = [...new Set([0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length])].sort((a, b) => a - b)
  const records = places.slice(1).flatMap((to, i) => splitter.push(bytes.subarray(places[i], to)))
  return [...records, ...splitter.end()].map(({ row, end, bytes: found }) => ({ row, end, text: found.toString() }))
}

test('blank lines are counted and are no records, wherever the pieces of a file end', () => {
  fc.assert(
    fc.property(fc.array(line, { maxLength: 30 }), fc.boolean(), fc.array(fc.nat(200), { maxLength: 8 }), (lines, ended, cuts) => {
      const text = lines.join('\n') + (ended ? '\n' : '')
      let end = 0
      const expected = text.split('\n').flatMap((each, i, all) => {
        const last = i === all.length - 1
        end += Buffer.byteLength(each) + (last ? 0 : 1)
        const found = each.endsWith('\r') ? each.slice(0, -1) : each
        return /^[ \t\r]*$/.test(found) ? [] : [{ row: i + 1, end, text: found }]
      })
      expect(read(text, cuts)).toEqual(expected)
    }),
  )
})

test.each(['\n', '\r\n', ' \t\n'])('a file of nothing but %j is not searched line by line', (blank) => {
  const chunk = Buffer.from(blank.repeat(100_000))
  const searches = vi.spyOn(chunk, 'indexOf')
  const slices = vi.spyOn(chunk, 'subarray')
  const splitter = lineSplitter()
  expect([...splitter.push(chunk), ...splitter.push(Buffer.from('x\n'))]).toMatchObject([{ row: 100_001, end: chunk.length + 2 }])
  expect(searches.mock.calls.length + slices.mock.calls.length).toBeLessThan(5)
})
