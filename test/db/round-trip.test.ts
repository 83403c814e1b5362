import fc from 'fast-check'
import { createRouterClient } from '@orpc/server'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { exportFormat, type ExportFormat } from '../../src/contract/exports.ts'
import type { Job } from '../../src/contract/jobs.ts'
import { canonical, promptText, shownImages, simpleMessages, type Message } from '../../src/core/messages.ts'
import { pairFeatures } from '../../src/core/pair-features.ts'
import type { NewMedia } from '../../src/db/pairs/batch.ts'
import type { ExportRow } from '../../src/db/pairs/export.ts'
import { EXTRA_COLUMNS } from '../../src/formats/writers/columns.ts'
import { writerOf } from '../../src/formats/writers/index.ts'
import { SplitNames } from '../../src/formats/writers/split-names.ts'
import { survey } from '../../src/jobs/export/survey.ts'
import { Backend } from '../../src/services/backend.ts'
import { exportsService } from '../../src/services/exports.ts'
import { importsService } from '../../src/services/import/imports.ts'
import { anyText, dialogue, free, json } from '../arbitraries.ts'
import { addPairs, picture, type Given, type Place } from './exporting.ts'
import { removeTemporary, resultOf, temporary, writeFile } from './importing.ts'

/** A project behind the services that the interface and the command line call. */
class Served {
  readonly backend = new Backend({ userDir: temporary(), trainerSource: temporary() })
  readonly client = createRouterClient({ imports: importsService(this.backend), exports: exportsService(this.backend) }, { context: {} })
  readonly folder = path.join(temporary(), 'p.blindfold')

  get place(): Place {
    return { folder: this.folder, db: this.backend.requireSession().db }
  }

  async done({ jobId }: { jobId: string }): Promise<Record<string, unknown>> {
    for (;;) {
      const job: Job = await this.backend.requireSession().jobs.get(jobId)
      if (!['queued', 'running', 'cancelling'].includes(job.state.status)) return resultOf(job)
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }

  async rows(source: string): Promise<ExportRow[]> {
    return this.place.db.pairs.exportChunk(0, 1000, { filter: { sources: [source] }, label: 'current' })
  }
}

const one = new Served()
const two = new Served()
let pictures: NewMedia[] = []

beforeAll(async () => {
  for (const { backend, folder } of [one, two]) await backend.open(folder, { create: true })
  pictures = await Promise.all([0, 1, 2, 3].map((n) => picture(one.place, n)))
})
afterAll(async () => {
  for (const { backend } of [one, two]) await backend.close()
  removeTemporary()
})

type Made = { given: Given; split: string; act: 'keep' | 'flip' | 'edit' | null }

const aPair: fc.Arbitrary<Made> = fc
  .record({
    turns: fc.option(fc.oneof<fc.Arbitrary<Message[]>[]>(free, dialogue)),
    text: anyText,
    shown: fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 3 }),
    chosen: anyText,
    rejected: anyText,
    externalId: fc.option(fc.oneof(fc.uuid(), fc.constantFrom('0', '1'))),
    metadata: fc.oneof(fc.constant({}), fc.dictionary(fc.string({ unit: 'grapheme', maxLength: 4 }), json, { maxKeys: 2 })),
    missing: fc.boolean(),
    tags: fc.uniqueArray(fc.constantFrom('hard', 'ünï', 'a "b"'), { maxLength: 2 }),
    tied: fc.boolean(),
    split: fc.constantFrom('', 'train', 'test', 'my dev/1'),
    act: fc.constantFrom('keep' as const, 'flip' as const, 'edit' as const, null),
  })
  .map(({ turns, text, shown, missing, split, act, chosen, rejected, ...rest }): Made => {
    const count = turns ? shownImages(turns) : shown.length
    const stated: Message[] = turns ?? simpleMessages(text, count)
    const messages = canonical(stated, count)
    const images = Array.from({ length: count }, (_, i) =>
      missing && i === 0 ? { missing: `gone/${text.length}.png`, reason: 'There is no file.' } : pictures[shown[i] ?? i % 4]!,
    )
    return { given: { ...rest, messages, prompt: promptText(messages ?? stated), chosen: `a${chosen}`, rejected, images }, split, act }
  })

/** Different texts for every pair, and an id for one pair a split, as imports have them. */
function distinct(made: Made[]): Made[] {
  const taken = new Set<string>()
  return made.map((each, i) => {
    const id = each.given.externalId ?? null
    const key = `${each.split}/${id}`
    const free = id !== null && !taken.has(key)
    taken.add(key)
    return { ...each, given: { ...each.given, rejected: `${each.given.rejected}${i}`, externalId: free ? id : null } }
  })
}

function featuresOf(row: ExportRow) {
  const { prompt, chosen, rejected, messages, images, metadata, tags, history, status } = row
  return pairFeatures({
    ...{ prompt, chosen, rejected, messages },
    images: images.length,
    missing: images.filter((image) => 'missing' in image).length,
    metadata: Object.keys(metadata).length > 0,
    tags: tags.length > 0,
    reviewed: history.length > 0 || status !== 'unreviewed',
    scored: row.priorSfc !== null,
  })
}

/** The fields that a writer may list as lost, with what they hold. */
function fieldsOf(row: ExportRow, format: ExportFormat) {
  const { externalId: id, prompt, chosen, rejected, messages, images, split, tags, history, status, original } = row
  const extra = new Set(EXTRA_COLUMNS.map(({ name }) => name))
  const metadata = Object.fromEntries(Object.entries(row.metadata).filter(([key]) => format === 'blindfold' || !extra.has(key)))
  const shown = images.map((image) => ('missing' in image ? image.missing : image.hash))
  return { id, prompt, chosen, rejected, messages, images: shown, metadata, split, tags, review: { status, history, original } }
}

let run = 0

test.each(exportFormat.options)('%s: import(export(x)) is x, but for what the plan lists', async (format) => {
  const writer = writerOf(format)
  let compared = 0
  await fc.assert(
    fc.asyncProperty(
      fc.array(aPair, { minLength: 3, maxLength: 25 }).map(distinct),
      fc.boolean(),
      fc.boolean(),
      async (made, columns, embed) => {
        const source = `run ${++run}`
        for (const split of new Set(made.map((each) => each.split))) {
          await addPairs(
            one.place,
            made.filter((each) => each.split === split).map(({ given }) => given),
            source,
            split,
          )
        }
        // Pairs are imported split by split, so a pair's text identifies its action.
        const acts = new Map(made.map(({ given, act }) => [given.rejected, act]))
        for (const { pairId, chosen, rejected, prompt } of await one.rows(source)) {
          const action = acts.get(rejected)
          if (action === 'edit')
            await one.place.db.annotations.annotate({ pairId, action, prompt: `${prompt}!`, chosen, rejected, blind: true }, 'Jürgen')
          else if (action) await one.place.db.annotations.annotate({ pairId, action, blind: false }, 'me')
        }
        const before = await one.rows(source)
        const out = path.join(temporary(), 'out')
        const input = {
          format,
          out,
          filter: { sources: [source] },
          includeExcluded: true,
          columns,
          images: embed && writer.embeds ? ('embed' as const) : ('copy' as const),
        }
        const plan = await one.client.exports.plan(input)
        const held = before.filter((row) => writer.refuses(featuresOf(row)) === null)
        expect(plan.pairs).toBe(held.length)
        if (held.length === 0) return
        const { names, shape } = await survey(one.place.db, { ...input, label: 'current', csvFormulas: 'guard', resplit: null })
        expect(await one.done(await one.client.exports.start(input))).toMatchObject({ pairs: plan.pairs, images: plan.images })

        const into = format === 'blindfold' ? source : `${source} back`
        const result = await two.done(
          await two.client.imports.start({ file: out, source: `${source} back`, format: format === 'csv' ? 'trl' : 'auto' }),
        )
        const unread = held.filter((row) => writer.lost(featuresOf(row), shape).some(({ field }) => field === 'pair'))
        expect(result).toMatchObject({ imported: held.length - unread.length, skipped: 0, quarantined: unread.length })
        const after = await two.rows(into)
        compared += compare({
          before: held,
          unread,
          after,
          format,
          names,
          plan: new Set(plan.lost.map(({ field }) => field)),
          lostOf: (row) => writer.lost(featuresOf(row), shape),
        })
      },
    ),
    { numRuns: 5, endOnFailure: true },
  )
  expect(compared).toBeGreaterThan(5)
})

type Comparison = {
  before: ExportRow[]
  unread: ExportRow[]
  after: ExportRow[]
  format: ExportFormat
  names: SplitNames
  plan: Set<string>
  lostOf(row: ExportRow): { field: string }[]
}

/** Pairs keep their order within a split; those that no reader takes are not there. Gives how many were compared. */
function compare({ before, unread, after, format, names, plan, lostOf }: Comparison): number {
  const own = format === 'blindfold'
  const splitOf = (row: ExportRow) => (own ? row.split : names.of(row.split))
  const ids = new Set<string>()
  for (const split of new Set(before.map(splitOf))) {
    const wanted = before.filter((row) => splitOf(row) === split)
    const got = after.filter((row) => row.split === split)
    for (const row of wanted) {
      const lost = new Set(lostOf(row).map(({ field }) => field))
      const repeated = row.externalId !== null && ids.has(`${split}/${row.externalId}`)
      ids.add(`${split}/${row.externalId}`)
      if (unread.includes(row)) continue
      const [was, is] = [fieldsOf(row, format), fieldsOf(got.shift()!, format)]
      for (const field of Object.keys(was) as (keyof typeof was)[]) {
        const gone = lost.has(field) || (!own && field === 'split' && row.split !== split) || (field === 'id' && repeated)
        if (gone) expect(plan).toContain(field)
        // A pair that nobody has spoken of is as it came, but for texts whose loss is listed under their own names.
        else if (field === 'review' && !own) expect([is.review.status, is.review.history]).toEqual([was.review.status, was.review.history])
        else expect({ [field]: is[field] }).toEqual({ [field]: was[field] })
      }
    }
    expect(got).toEqual([])
  }
  return before.length - unread.length
}

test.each(['blindfold', 'trl', 'csv'] as const)(
  '%s: integers beyond 2^53 in ids and metadata come back with all their digits',
  async (format) => {
    const [source, ids] = [
      `digits ${format}`,
      ['9007199254740991', '9007199254740993', '-9007199254740993', '18446744073709551615', '123456789012345678901234567890'],
    ]
    const line = (id: string, i: number) =>
      `{"id": ${id}, "prompt": "p${i}", "chosen": "c", "rejected": "r", "key": ${id}, "nested": {"list": [${id}, 7, "${id}"]}, "text": "${id}"}`
    const file = writeFile(temporary(), 'ids.jsonl', ids.map(line).join('\n'))
    expect(await one.done(await one.client.imports.start({ file, source }))).toMatchObject({ imported: ids.length })
    const before = await one.rows(source)
    expect(before.map(({ externalId }) => externalId)).toEqual(ids)
    expect(before.map(({ metadata }) => metadata)).toEqual(
      ids.map((id) => {
        const held = Number.isSafeInteger(Number(id)) ? Number(id) : id
        return { key: held, nested: { list: [held, 7, id] }, text: id }
      }),
    )
    const out = path.join(temporary(), 'out')
    const input = { format, out, filter: { sources: [source] } }
    // Where metadata has no place, that is said; ids have one everywhere.
    expect((await one.client.exports.plan(input)).lost.map(({ field }) => field)).toEqual(
      format === 'blindfold' ? [] : expect.arrayContaining(['metadata']),
    )
    await one.done(await one.client.exports.start(input))
    const back = `${source} back`
    expect(await two.done(await two.client.imports.start({ file: out, source: back }))).toMatchObject({
      imported: ids.length,
      quarantined: 0,
    })
    const after = await two.rows(format === 'blindfold' ? source : back)
    expect(after.map(({ externalId }) => externalId)).toEqual(ids)
    if (format === 'blindfold') expect(after.map(({ metadata }) => metadata)).toEqual(before.map(({ metadata }) => metadata))
  },
)
