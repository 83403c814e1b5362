import fc from 'fast-check'
import { appendFileSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { LineTail } from './tail.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'tail-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))
let files = 0
const newFile = (): string => path.join(folder, `${(files += 1)}.jsonl`)

describe('LineTail', () => {
  test('any split of the bytes in time gives the same lines, and so does going on from any stored offset', async () => {
    const line = fc.string({ unit: 'grapheme', maxLength: 30 }).map((text) => JSON.stringify({ text }))
    const cuts = fc.array(fc.nat(400), { maxLength: 12 })
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 12 }), cuts, fc.boolean(), async (lines, at, reopen) => {
        const bytes = Buffer.from(lines.map((text) => `${text}\n`).join(''))
        const places = [...new Set([0, ...at.filter((cut) => cut < bytes.length), bytes.length])].sort((a, b) => a - b)
        const file = newFile()
        let tail = new LineTail(file)
        const seen: string[] = await tail.read()
        for (const [i, place] of places.entries()) {
          appendFileSync(file, bytes.subarray(places[i - 1] ?? 0, place))
          if (reopen) tail = new LineTail(file, tail.offset)
          seen.push(...(await tail.read()))
        }
        expect(seen).toEqual(lines)
        expect(tail.offset).toBe(bytes.length)
        rmSync(file)
      }),
      { numRuns: 150 },
    )
  })

  test('a half-written last line is not read, and is forgotten where a resumed writer cuts it off', async () => {
    const file = newFile()
    writeFileSync(file, 'one\ntwo\nthr')
    const tail = new LineTail(file)
    expect(await tail.read()).toEqual(['one', 'two'])
    expect(await tail.read()).toEqual([])
    truncateSync(file, 8)
    appendFileSync(file, 'another\n')
    expect(await tail.read()).toEqual(['another'])
  })

  test('a line of any length is read whole, and a long file in several pieces', async () => {
    const file = newFile()
    const long = 'x'.repeat(3_000_000)
    const many = Array.from({ length: 50_000 }, (_, i) => `line ${i} ${'y'.repeat(40)}`)
    writeFileSync(file, `${long}\n${many.join('\n')}\n`)
    const tail = new LineTail(file)
    const seen: string[] = []
    let reads = 0
    for (let lines = await tail.read(); lines.length > 0; lines = await tail.read()) {
      seen.push(...lines)
      reads += 1
    }
    expect(seen).toEqual([long, ...many])
    expect(reads).toBeGreaterThan(1)
  })
})
