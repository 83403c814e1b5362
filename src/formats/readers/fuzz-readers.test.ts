import { describe, expect, test } from 'vitest'
import type { ColumnMap } from '../../contract/imports.ts'
import { shownImages } from '../../core/messages.ts'
import { identified } from '../../db/pairs/hash.ts'
import { columnsOf, suggestMap } from '../column-map.ts'
import { rank } from '../detect.ts'
import { mergeFaults, type Format, type Reading } from '../format.ts'
import { parseRecord, rawText, type RawRecord } from '../record.ts'
import { FORMATS, formatFor } from '../registry.ts'
import { mutateBytes, mutateText, mutateValue, randomFor, RECORDS, SEED, sound } from '../../../test/mutation.ts'

const COUNT = 10_000
const MAP: ColumnMap = {
  prompt: 'task.user_text',
  first: 'answers.0.text',
  second: 'answers.1.text',
  label: 'vote',
  images: 'task.files',
  id: 'uid',
}
const ALL: readonly Format[] = [...FORMATS, formatFor('mapped', { map: MAP })]

/** What everything behind the readers takes for granted. */
function check(reading: Reading): void {
  if ('faults' in reading) {
    const { reason, field, code } = mergeFaults(reading.faults)
    expect(reason.length > 0 && reason.length <= 2000 && reason.isWellFormed() && (field ?? '').isWellFormed() && code.length > 0).toBe(
      true,
    )
    return
  }
  expect(reading.pairs.length).toBeGreaterThan(0)
  for (const [part, pair] of reading.pairs.entries()) {
    for (const text of [pair.prompt, pair.chosen, pair.rejected]) expect(typeof text === 'string' && text.isWellFormed()).toBe(true)
    expect(pair.chosen.trim() !== '' && pair.rejected.trim() !== '' && pair.chosen.trim() !== pair.rejected.trim()).toBe(true)
    expect(pair.externalId === null || (typeof pair.externalId === 'string' && pair.externalId.isWellFormed())).toBe(true)
    if (pair.messages) expect(shownImages(pair.messages)).toBe(pair.images.length)
    const metadata = JSON.stringify(pair.metadata)
    expect(metadata.isWellFormed()).toBe(true)
    expect(Object.getPrototypeOf(pair.metadata)).toBe(Object.prototype)
    identified({ ...pair, row: 1, part, images: pair.images.map(() => 'a'.repeat(64)) })
  }
  const ids = reading.pairs.flatMap(({ externalId }) => externalId ?? [])
  expect(new Set(ids).size).toBe(ids.length)
}

function read(format: Format, raw: RawRecord): 'pairs' | 'faults' {
  expect(rawText(raw).isWellFormed()).toBe(true)
  const parsed = parseRecord(raw)
  if ('fault' in parsed) {
    check({ faults: [parsed.fault] })
    return 'faults'
  }
  const score = format.score(parsed.record)
  expect(score >= 0 && score <= 1).toBe(true)
  const reading = format.read(parsed.record)
  check(reading)
  return 'pairs' in reading ? 'pairs' : 'faults'
}

describe.each(ALL.map((format) => [format.id, format] as const))('%s', (id, format) => {
  test('10,000 damaged records: each gives sound pairs or says why not, and none throws', () => {
    const r = randomFor(id)
    const seen = { pairs: 0, faults: 0 }
    for (let i = 0; i < COUNT; i++) {
      const value = r.next() < 0.6 ? mutateValue(sound(id, r), r) : sound(id, r)
      let text = JSON.stringify(value)
      if (r.next() < 0.2) text = mutateText(text, r)
      let bytes: Buffer = Buffer.from(text)
      if (r.next() < 0.3) bytes = mutateBytes(bytes, r)
      // As text containers give it, and as tables and Parquet do: values that were never JSON.
      const raw: RawRecord =
        r.next() < 0.8 ? { row: i + 1, end: 0, bytes, problem: null } : { row: i + 1, end: 0, bytes: Buffer.alloc(0), value, problem: null }
      try {
        seen[read(format, raw)]++
      } catch (cause) {
        throw new Error(`FUZZ_SEED=${SEED}, ${id}, record ${i}: ${bytes.toString('utf8', 0, 2000)}`, { cause })
      }
    }
    // Mutations that break everything, or nothing, would test little.
    expect(seen.pairs).toBeGreaterThan(COUNT / 10)
    expect(seen.faults).toBeGreaterThan(COUNT / 10)
  })
})

test('detection and column maps bear damaged records', () => {
  const r = randomFor('detection')
  for (let i = 0; i < 500; i++) {
    const sample = Array.from({ length: 1 + r.int(5) }, () => mutateValue(sound(r.pick([...RECORDS.keys()]), r), r))
    for (const { confidence } of rank(sample)) expect(confidence >= 0 && confidence <= 1, `FUZZ_SEED=${SEED}, sample ${i}`).toBe(true)
    expect(typeof suggestMap(columnsOf(sample))).toBe('object')
  }
})

test('texts of 50 MB are read like others, and what is kept of them for people is short', () => {
  const huge = 'x'.repeat(50 * 2 ** 20)
  for (const [id, format] of ALL.map((each) => [each.id, each] as const)) {
    const [record] = RECORDS.get(id) ?? []
    const key = Object.keys(record ?? {}).find((name) => typeof record?.[name] === 'string') ?? 'text'
    const value = { ...record, [key]: huge }
    const reading = format.read(value)
    expect('pairs' in reading || mergeFaults(reading.faults).reason.length <= 2000, id).toBe(true)
    expect(rawText({ row: 1, end: 0, bytes: Buffer.alloc(0), value, problem: null }).length, id).toBeLessThanOrEqual(20_000)
  }
})
