import fc from 'fast-check'
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { APP } from '../../core/app.ts'
import { canonical, promptText, shownImages, simpleMessages, type Message } from '../../core/messages.ts'
import { pairFeatures } from '../../core/pair-features.ts'
import { openRecords } from '../containers/container.ts'
import type { ImageReference, RawPair } from '../format.ts'
import { parseRecord } from '../record.ts'
import { formatFor } from '../registry.ts'
import { EXTRA_COLUMNS } from './columns.ts'
import { WRITERS } from './index.ts'
import { openSink } from './sink.ts'
import { anyText, dialogue, free, json } from '../../../test/arbitraries.ts'
import { widen, type Shape, type WrittenImage, type WrittenPair, type Writer } from './writer.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'blindfold-writers-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** The format that reads what a writer wrote. */
const READERS = { 'trl-parquet': 'trl', csv: 'trl' } as const
const readerOf = ({ id }: Writer) =>
  formatFor(id in READERS ? READERS[id as keyof typeof READERS] : (id as Exclude<typeof id, keyof typeof READERS>))

type Case = { pair: WrittenPair; images: WrittenImage[] }

const history = fc.array(
  fc.record({
    action: fc.constantFrom('keep' as const, 'edit' as const, 'tie' as const),
    reverts: fc.constant(null),
    status: fc.constantFrom('kept' as const, 'edited' as const, 'tied' as const),
    prompt: fc.option(anyText),
    chosen: fc.option(anyText),
    rejected: fc.option(anyText),
    blind: fc.boolean(),
    annotator: fc.constantFrom('me', 'Jürgen'),
    at: fc.constant('2026-01-02T03:04:05.678Z'),
  }),
  { maxLength: 2 },
)

const aCase: fc.Arbitrary<Case> = fc
  .record({
    turns: fc.option(fc.oneof<fc.Arbitrary<Message[]>[]>(free, dialogue)),
    text: anyText,
    shown: fc.integer({ min: 0, max: 3 }),
    chosen: anyText,
    rejected: anyText,
    externalId: fc.option(fc.oneof(fc.uuid(), fc.constantFrom('0', '007', 'ünï ,"'))),
    metadata: fc.oneof(fc.constant({}), fc.dictionary(fc.string({ unit: 'grapheme', maxLength: 4 }), json, { maxKeys: 2 })),
    missing: fc.boolean(),
    tags: fc.uniqueArray(fc.constantFrom('hard', 'ünï', 'a "b"'), { maxLength: 2 }),
    history,
    priorSfc: fc.option(fc.double({ min: 0.01, max: 0.99, noNaN: true })),
    auditSfc: fc.option(fc.double({ min: 0.01, max: 0.99, noNaN: true })),
    tied: fc.boolean(),
  })
  .map(({ turns, text, shown, missing, tied, ...rest }): Case => {
    const images = turns ? shownImages(turns) : shown
    const stated: Message[] = turns ?? simpleMessages(text, images)
    const messages = canonical(stated, images)
    const prompt = promptText(messages ?? stated)
    const original = { prompt, chosen: rest.chosen, rejected: rest.rejected, messages, tied }
    const named = Array.from({ length: images }, (_, i): WrittenImage => {
      const lacks = missing && i === 0
      return {
        text: lacks ? 'http://host/a b.png' : `images/${createHash('sha256').update(`${i}`).digest('hex')}.png`,
        bytes: null,
        missing: lacks,
      }
    })
    const pair: WrittenPair = {
      ...rest,
      ...{ uid: 'u', source: 'a source', split: '', status: 'kept', prompt, messages, original, weight: 1 },
      ...{ auditSfc: rest.priorSfc === null ? null : rest.auditSfc, quadrant: null },
    }
    return { pair, images: named }
  })

function featuresOf({ pair, images }: Case) {
  const { prompt, chosen, rejected, messages, metadata, tags, history, priorSfc } = pair
  return pairFeatures({
    ...{ prompt, chosen, rejected, messages },
    images: images.length,
    missing: images.filter(({ missing }) => missing).length,
    metadata: Object.keys(metadata).length > 0,
    tags: tags.length > 0,
    reviewed: history.length > 0,
    scored: priorSfc !== null,
  })
}

const nameOf = (reference: ImageReference): string => (reference.kind === 'text' ? reference.text : reference.kind)

/** What of a pair that was read must be as it was written, by the fields that writers may list as lost. */
function asRead(raw: RawPair) {
  const extra = new Set(EXTRA_COLUMNS.map(({ name }) => name))
  const metadata = Object.fromEntries(Object.entries(raw.metadata).filter(([key]) => !extra.has(key)))
  const { externalId: id, prompt, chosen, rejected, messages, images, source, split, tags, history: review, tied } = raw
  return { id, prompt, chosen, rejected, messages, images: images.map(nameOf), metadata, source, split, tags, review, tied }
}

function asWritten({ pair, images }: Case, writer: Writer) {
  const { externalId: id, prompt, chosen, rejected, messages, metadata } = pair
  const own =
    writer.id === 'blindfold'
      ? { source: pair.source, split: pair.split, tags: pair.tags, review: pair.history, tied: pair.original.tied, metadata }
      : { source: null, split: null, tags: [], review: [], tied: false, metadata: {} }
  return { id, prompt, chosen, rejected, messages, images: images.map(({ text }) => text), ...own }
}

describe.each(WRITERS.map((writer) => [writer.id, writer] as const))('%s', (id, writer) => {
  let run = 0
  // What a file of this kind does to a record is the same for all; JSON is the quickest.
  test('what is written is read again, but for what is listed as lost', async () => {
    const seen = { written: 0, refused: 0, turns: 0 }
    await fc.assert(
      fc.asyncProperty(fc.array(aCase, { minLength: 1, maxLength: 8 }), fc.boolean(), async (cases, columns) => {
        const held = cases.filter((each) => writer.refuses(featuresOf(each)) === null)
        seen.refused += cases.length - held.length
        if (held.length === 0) return
        const shape: Shape = {
          messages: false,
          images: 'none',
          container: writer.container,
          embedded: false,
          columns,
          original: false,
          guard: writer.id === 'csv' ? 'needed' : 'off',
        }
        for (const each of held) widen(shape, featuresOf(each))
        const name = `${id}/${run++}/${writer.file('train')}`
        const sink = await openSink(folder, name, writer.container, writer.columns(shape))
        for (const each of held) {
          const messages = writer.keepsTurns(featuresOf(each)) ? each.pair.messages : null
          await sink.write(writer.record({ ...each.pair, messages }, each.images, shape))
        }
        const { bytes, sha256 } = await sink.close()
        const file = path.join(folder, name)
        expect([readFileSync(file).length, createHash('sha256').update(readFileSync(file)).digest('hex')]).toEqual([bytes, sha256])
        const source = await openRecords(file)
        const read: ReturnType<typeof readOne>[] = []
        for await (const raw of source.records()) read.push(readOne(raw))
        await source.close()
        expect(read).toHaveLength(held.length)
        for (const [i, each] of held.entries()) {
          const features = featuresOf(each)
          const lost = new Set(writer.lost(features, shape).map(({ field }) => field))
          const reading = read[i]!
          if (lost.has('pair') || features.degenerate) {
            expect([lost.has('pair') || id === 'blindfold', 'faults' in reading]).toEqual([true, true])
            continue
          }
          if ('faults' in reading) throw new Error(JSON.stringify([reading.faults, each]))
          const [pair, more] = reading.pairs
          expect(more).toBeUndefined()
          const got = asRead(pair!)
          const wanted = asWritten(each, writer)
          for (const field of Object.keys(wanted) as (keyof typeof wanted)[]) {
            if (!lost.has(field)) expect({ [field]: got[field] }).toEqual({ [field]: wanted[field] })
          }
          seen.written++
          if (wanted.messages && !lost.has('messages')) seen.turns++
        }
      }),
      { numRuns: 120, endOnFailure: true },
    )
    // The property says something: pairs were written, and where a format holds turns, some came back.
    expect(seen.written).toBeGreaterThan(50)
    const holdsTurns = !['mm-rm', 'csv'].includes(id)
    expect(seen.turns > 0).toBe(holdsTurns)

    function readOne(raw: Parameters<typeof parseRecord>[0]) {
      const parsed = parseRecord(raw)
      return 'fault' in parsed ? { faults: [parsed.fault] } : readerOf(writer).read(parsed.record)
    }
  })
})

test('files say the version of the program that wrote them', () => {
  const { version } = JSON.parse(readFileSync(path.join(import.meta.dirname, '../../../package.json'), 'utf8')) as { version: string }
  expect(APP.version).toBe(version)
})
