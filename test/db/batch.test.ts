import type { Database } from 'better-sqlite3'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { pairUid, textHash } from '../../src/db/pairs/hash.ts'
import type { Batch, NewPair } from '../../src/db/pairs/batch.ts'
import { insertBatch } from '../../src/db/pairs/insert.ts'
import { annotate } from '../../src/db/annotations/queries.ts'
import * as pairs from '../../src/db/pairs/queries.ts'
import * as quarantine from '../../src/db/quarantine/queries.ts'
import { addPairs, beginImport, image, MemoryProject, newPair, Project } from './project.ts'

const media = (n: number) => ({ hash: image(n), mime: 'image/png', width: 4, height: 4, bytes: 9 })
const batch = (importId: number, over: Partial<Batch>): Batch => ({
  importId,
  media: [],
  pairs: [],
  rejections: [],
  records: over.pairs?.length ?? 0,
  ...over,
})
const one = <Row>(project: { db: Database }, sql: string) => project.db.prepare(sql).get() as Row
const counts = (project: { db: Database }, importId: number) =>
  project.db.prepare('SELECT records, pairs, imported, skipped, quarantined FROM imports WHERE id = ?').get(importId)
const none = { imported: 0, skipped: 0, quarantined: 0, tied: 0, incomplete: 0, images: 0 }

/** Kept counts, recounted. */
function expectCounted({ db }: { db: Database }): void {
  const kept = 'SELECT * FROM pair_counts WHERE pairs > 0 ORDER BY 1, 2, 3, 4, 5, 6'
  const recounted = `SELECT source_id, split, status, coalesce(quadrant, '') AS quadrant, stale, missing_images > 0 AS incomplete, count(*) AS pairs
                FROM pair_state GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 1, 2, 3, 4, 5, 6`
  expect(db.prepare(kept).all()).toEqual(db.prepare(recounted).all())
}

describe('a batch of an import', () => {
  test('writes pairs, images and progress together, and says what became of each', () => {
    using project = new Project()
    const id = beginImport(project.db)
    const outcome = insertBatch(
      project.db,
      batch(id, {
        media: [media(1), media(2), media(1)],
        pairs: [newPair(1, { images: [image(2), image(1)], externalId: 'x', metadata: { from: 'here' } }), newPair(2)],
        rejections: [{ row: 3, field: 'chosen', code: 'missing-field', reason: 'no chosen', raw: '{}' }],
        records: 3,
      }),
    )
    expect(outcome).toEqual({ ...none, imported: 2, quarantined: 1, images: 2 })
    expect(counts(project, id)).toEqual({ records: 3, pairs: 3, imported: 2, skipped: 0, quarantined: 1 })
    const pair = pairs.get(project.db, 1)
    expect(pair).toMatchObject({
      externalId: 'x',
      status: 'unreviewed',
      stale: false,
      priorSfc: null,
      auditSfc: null,
      metadata: { from: 'here' },
      importedFrom: { row: 1 },
    })
    expect(pair.images.map(({ hash }) => hash)).toEqual([image(2), image(1)])
  })

  test('skips what its source and split have, in whatever file, and remembers which pair it was', () => {
    using project = new Project()
    const two = [newPair(1), { ...newPair(1), row: 2, part: 3 }]
    const add = (source: string, split: string, file?: string) =>
      insertBatch(project.db, batch(beginImport(project.db, source, split, file), { pairs: two }))
    expect(add('a', 'train')).toMatchObject({ imported: 1, skipped: 1 })
    expect(add('a', 'train', '/data/other.jsonl')).toMatchObject({ imported: 0, skipped: 2 })
    expect(add('a', 'test')).toMatchObject({ imported: 1, skipped: 1 })
    expect(add('b', 'test')).toMatchObject({ imported: 1, skipped: 1 })
    // The split as imported decides, wherever a pair was moved since.
    project.db.exec("UPDATE pair_state SET split = 'moved'")
    expect(add('b', 'test')).toMatchObject({ imported: 0, skipped: 2 })
    expect(project.db.prepare('SELECT import_id, row, part, pair_id FROM import_skips WHERE import_id < 4').raw().all()).toEqual([
      [1, 2, 3, 1],
      [2, 1, 0, 1],
      [2, 2, 3, 1],
      [3, 2, 3, 2],
    ])
    expectCounted(project)
  })

  test('takes source and split from the pair where it has its own', () => {
    using project = new Project()
    const id = beginImport(project.db, 'a', 'train')
    insertBatch(
      project.db,
      batch(id, { pairs: [newPair(1, { source: 'b', split: 'test' }), newPair(1, { source: 'b' }), newPair(1, { split: 'test' })] }),
    )
    expect([1, 2, 3].map((pair) => pairs.get(project.db, pair)).map(({ source, split }) => [source, split])).toEqual([
      ['b', 'test'],
      ['b', 'train'],
      ['a', 'test'],
    ])
    expectCounted(project)
  })

  test('brings ties, turns, tags, history and images that are missing', () => {
    using project = new Project()
    const id = beginImport(project.db)
    const messages = [
      { role: 'system' as const, content: [{ type: 'text' as const, text: 'be kind' }] },
      { role: 'user' as const, content: [{ type: 'image' as const }, { type: 'image' as const }] },
    ]
    const said = {
      prompt: null,
      chosen: null,
      rejected: null,
      blind: false,
      annotator: 'ann',
      at: '2020-01-01T00:00:00.000Z',
      reverts: null,
    }
    const outcome = insertBatch(
      project.db,
      batch(id, {
        media: [media(1)],
        pairs: [
          newPair(1, { tied: true }),
          newPair(2, { messages, images: [{ missing: 'gone.png', reason: 'no such file' }, image(1)], tags: ['odd', 'b'] }),
          newPair(3, {
            history: [
              { ...said, action: 'flip', status: 'flipped', chosen: 'wrong 3', rejected: 'right 3' },
              { ...said, action: 'undo', reverts: 0, status: 'unreviewed' },
              { ...said, action: 'edit', status: 'edited', chosen: 'better', blind: true },
            ],
          }),
        ],
      }),
    )
    expect(outcome).toEqual({ ...none, imported: 3, tied: 1, incomplete: 1, images: 1 })
    const [tied, incomplete, edited] = [1, 2, 3].map((pair) => pairs.get(project.db, pair))
    expect(tied).toMatchObject({ status: 'tied', history: [] })
    expect(incomplete).toMatchObject({
      messages,
      missingImages: 1,
      tags: ['b', 'odd'],
      missing: [{ position: 0, reference: 'gone.png', reason: 'no such file' }],
      images: [{ hash: image(1) }],
    })
    expect(incomplete?.id).toBe(pairUid('what is in picture 2', 'right 2', 'wrong 2', ['missing:gone.png', image(1)], messages))
    expect(edited).toMatchObject({ status: 'edited', chosen: 'better', rejected: 'wrong 3', original: { chosen: 'right 3' } })
    expect(edited?.history.map(({ action, at, blind, annotator }) => [action, at, blind, annotator])).toEqual(
      ['flip', 'undo', 'edit'].map((action) => [action, said.at, action === 'edit', 'ann']),
    )
    expect(pairs.count(project.db, { statuses: ['tied'] })).toBe(1)
    expectCounted(project)
    while (pairs.indexWords(project.db, 1) > 0);
    expect([pairs.count(project.db, { text: 'better' }), pairs.count(project.db, { text: 'right' })]).toEqual([1, 2])
  })

  test('is found by a search from when its words are indexed, by the texts that hold then', () => {
    using project = new Project()
    const id = beginImport(project.db)
    insertBatch(project.db, batch(id, { pairs: [newPair(1), newPair(2), newPair(3)] }))
    const found = () => [
      pairs.count(project.db, { text: 'right' }),
      pairs.count(project.db, { text: 'heron' }),
      pairs.searchState(project.db).indexedTo,
    ]
    const edit = (pairId: number) =>
      annotate(project.db, { pairId, action: 'edit', prompt: 'p', chosen: 'a heron', rejected: 'none', blind: false }, 'tester')
    edit(2)
    expect(found()).toEqual([0, 0, 0])
    expect(pairs.indexWords(project.db, 2)).toBe(2)
    expect(found()).toEqual([1, 1, 2])
    edit(1)
    edit(3)
    expect(found()).toEqual([0, 2, 2])
    expect([pairs.indexWords(project.db, 2), pairs.indexWords(project.db, 2)]).toEqual([1, 0])
    expect(found()).toEqual([0, 3, 3])
  })

  test('keeps pairs whose ids repeat: the id is metadata of them all, in one import and over several, and is told once', () => {
    using project = new Project()
    const first = beginImport(project.db)
    const same = (row: number, more = {}) => newPair(row, { externalId: 'same', ...more })
    expect(
      insertBatch(
        project.db,
        batch(first, { pairs: [same(1, { metadata: { id: 'own' } }), newPair(2, { externalId: 'other' }), same(3), same(4)] }),
      ),
    ).toEqual({ ...none, imported: 4 })
    expect(
      insertBatch(project.db, batch(first, { pairs: [same(5), same(1), newPair(6, { externalId: 'alone', split: 'else' })], records: 7 })),
    ).toEqual({ ...none, imported: 2, skipped: 1 })
    const second = beginImport(project.db)
    expect(insertBatch(project.db, batch(second, { pairs: [newPair(7, { externalId: 'other' }), same(8, { split: 'else' })] }))).toEqual({
      ...none,
      imported: 2,
    })
    const stored = project.db.prepare('SELECT row, external_id AS id, metadata FROM pairs ORDER BY pairs.id').all() as {
      row: number
      id: string | null
      metadata: string
    }[]
    expect(stored.map(({ row, id, metadata }) => [row, id, JSON.parse(metadata)])).toEqual([
      [1, null, { id: 'own', 'id 2': 'same' }],
      [2, null, { id: 'other' }],
      [3, null, { id: 'same' }],
      [4, null, { id: 'same' }],
      [5, null, { id: 'same' }],
      [6, 'alone', {}],
      [7, null, { id: 'other' }],
      // In another split it tells the pair from all others.
      [8, 'same', {}],
    ])
    const told = (importId: number) =>
      project.db.prepare('SELECT code, field, records, first_row AS row FROM import_remarks WHERE import_id = ?').all(importId)
    expect(told(first)).toEqual([{ code: 'repeated-id', field: 'id', records: 4, row: 3 }])
    expect(told(second)).toEqual([{ code: 'repeated-id', field: 'id', records: 2, row: 7 }])
  })

  test('counts judgements of pairs that are there already with others, and takes none of them', () => {
    using project = new Project()
    const id = beginImport(project.db)
    const said = { reverts: null, prompt: null, chosen: null, rejected: null, blind: false, annotator: 'b', at: '2026-01-01T00:00:00.000Z' }
    insertBatch(project.db, batch(id, { pairs: [1, 2, 3, 4, 5].map((row) => newPair(row)) }))
    annotate(project.db, { pairId: 3, action: 'flip', blind: false }, 'a')
    insertBatch(
      project.db,
      batch(id, {
        pairs: [
          newPair(1),
          newPair(2, { tied: true }),
          newPair(3, { history: [{ ...said, action: 'keep', status: 'kept' }] }),
          newPair(4, { history: [{ ...said, action: 'edit', status: 'edited', chosen: 'another' }] }),
          newPair(5, { tags: ['t'] }),
        ],
      }),
    )
    expect(one(project, "SELECT records, first_row AS row FROM import_remarks WHERE code = 'other-label'")).toEqual({ records: 3, row: 2 })
    expect(pairs.get(project.db, 2)).toMatchObject({ status: 'unreviewed' })
    expect(pairs.get(project.db, 4)).toMatchObject({ status: 'unreviewed' })
  })

  test('compares judgements of one pair with the first of them, in one batch as over several', () => {
    const said = { reverts: null, prompt: null, chosen: null, rejected: null, blind: false, annotator: 'b', at: '2026-01-01T00:00:00.000Z' }
    const judged = (action: 'keep' | 'discard', status: 'kept' | 'discarded') =>
      newPair(1, { tied: true, history: [{ ...said, action, status }] })
    const rows = [
      judged('keep', 'kept'),
      judged('keep', 'kept'),
      judged('discard', 'discarded'),
      newPair(1, { tied: true }),
      newPair(1),
    ].map((pair, i) => ({ ...pair, row: i + 1 }))
    for (const size of [1, 2, 5]) {
      using project = new Project()
      const id = beginImport(project.db)
      for (let at = 0; at < rows.length; at += size)
        insertBatch(project.db, batch(id, { pairs: rows.slice(at, at + size), records: Math.min(at + size, rows.length) }))
      expect(one(project, "SELECT records, first_row AS row FROM import_remarks WHERE code = 'other-label'"), `${size} a batch`).toEqual({
        records: 2,
        row: 3,
      })
    }
  })

  test('that fails half-way leaves nothing of itself', () => {
    using project = new Project()
    const id = beginImport(project.db)
    // The second pair's image was never announced.
    expect(() => insertBatch(project.db, batch(id, { pairs: [newPair(1), newPair(2, { images: [image(9)] })] }))).toThrow(/FOREIGN KEY/)
    expect(counts(project, id)).toEqual({ records: 0, pairs: 0, imported: 0, skipped: 0, quarantined: 0 })
    expect(one(project, 'SELECT count(*) AS n FROM pairs')).toEqual({ n: 0 })
  })

  test('tried again from the quarantine moves its row out, and the counts with it', () => {
    using project = new Project()
    const id = beginImport(project.db)
    const rejected = (row: number, reason: string) => ({ row, field: 'image', code: 'unreadable-image' as const, reason, raw: '{}' })
    insertBatch(project.db, batch(id, { pairs: [newPair(1)], rejections: [rejected(2, 'first'), rejected(3, 'first')], records: 3 }))
    const again = insertBatch(project.db, batch(id, { pairs: [newPair(2)], rejections: [rejected(3, 'second')], records: null }))
    expect(again).toEqual({ ...none, imported: 1, quarantined: 1 })
    expect(counts(project, id)).toEqual({ records: 3, pairs: 3, imported: 2, skipped: 0, quarantined: 1 })
    expect(project.db.prepare('SELECT row, reason FROM quarantine').all()).toEqual([{ row: 3, reason: 'second' }])
    // A record that counted as one pair may turn out to state several, two of which share an id.
    insertBatch(
      project.db,
      batch(id, {
        pairs: [0, 1, 2].map((part) => ({ ...newPair(10 + part, { externalId: part ? 'same' : 'own' }), row: 3, part })),
        records: null,
      }),
    )
    expect(counts(project, id)).toEqual({ records: 3, pairs: 5, imported: 5, skipped: 0, quarantined: 0 })
    expect(quarantine.pending(project.db)).toEqual([])
  })

  test('is listed in the quarantine by code and source, counted whatever the filter', () => {
    using project = new Project()
    for (const source of ['a', 'b']) {
      const rejections = (['invalid-json', 'empty-text', 'empty-text'] as const).map((code, i) => ({
        row: i + 1,
        field: null,
        code,
        reason: 'why',
        raw: '{}',
      }))
      insertBatch(project.db, batch(beginImport(project.db, source), { rejections, records: 3 }))
    }
    const list = (filter: object) => quarantine.list(project.db, { after: 0, limit: 10, ...filter })
    const rows = (filter: object) => [
      list(filter).total,
      list(filter)
        .rows.map(({ source, row }) => `${source}${row}`)
        .join(' '),
    ]
    expect(rows({})).toEqual([6, 'a1 a2 a3 b1 b2 b3'])
    expect(rows({ codes: ['empty-text'], sources: ['b'] })).toEqual([2, 'b2 b3'])
    expect(rows({ codes: ['empty-text'], after: 2, limit: 2 })).toEqual([4, 'a3 b2'])
    expect(rows({ sources: ['none'] })).toEqual([0, ''])
    expect(list({ sources: ['none'] })).toMatchObject({
      codes: [
        { value: 'empty-text', count: 4 },
        { value: 'invalid-json', count: 2 },
      ],
      sources: [
        { value: 'a', count: 3 },
        { value: 'b', count: 3 },
      ],
    })
  })
})

const record = fc.record({
  n: fc.integer({ min: 1, max: 6 }),
  id: fc.constantFrom(null, 'a', 'b', 'c'),
  tied: fc.boolean(),
  missing: fc.boolean(),
  split: fc.constantFrom(null, null, 'test'),
})

test('whatever is imported in whatever batches, twice adds nothing twice, and all records are accounted for', () => {
  fc.assert(
    fc.property(fc.array(record, { minLength: 1, maxLength: 20 }), fc.integer({ min: 1, max: 7 }), (records, size) => {
      using project = new MemoryProject()
      const rows: NewPair[] = records.map(({ n, id, tied, missing, split }, i) => ({
        ...newPair(n, { tied, images: missing ? [{ missing: 'x.png', reason: 'gone' }] : [] }),
        ...{ row: i + 1, externalId: id, split },
      }))
      const run = () => {
        const importId = beginImport(project.db)
        for (let at = 0; at < rows.length; at += size) {
          insertBatch(project.db, batch(importId, { pairs: rows.slice(at, at + size), records: Math.min(at + size, rows.length) }))
        }
        const { records, pairs, imported, skipped, quarantined } = counts(project, importId) as Record<string, number>
        expect(imported! + skipped! + quarantined!).toBe(pairs)
        expectCounted(project)
        expect(records).toBe(rows.length)
        return { imported, quarantined }
      }
      const contents = () => project.db.prepare('SELECT uid, external_id, row FROM pairs ORDER BY id').all()
      const waiting = () => project.db.prepare('SELECT row FROM quarantine ORDER BY row').pluck().all() as number[]
      const first = run()
      const [before, held] = [contents(), waiting()]
      expect(before).toHaveLength(first.imported!)
      expect(held).toHaveLength(first.quarantined!)
      expect(run().imported).toBe(0)
      expect(contents()).toEqual(before)
      // A row whose content came in after it, under another id, is no longer missing.
      const inside = (row: number) => {
        const like = (other: NewPair) => `${other.uid} ${other.split}`
        return rows.findIndex((other, i) => like(other) === like(rows[row - 1]!) && !held.includes(i + 1)) >= 0
      }
      expect(waiting()).toEqual(held.filter((row) => !inside(row)))
      const texts = project.db.prepare('SELECT prompt, chosen, rejected, text_hash FROM pairs').all() as Record<
        'prompt' | 'chosen' | 'rejected' | 'text_hash',
        string
      >[]
      for (const { prompt, chosen, rejected, text_hash } of texts) expect(text_hash).toBe(textHash(prompt, chosen, rejected))
    }),
    { numRuns: 200 },
  )
})

describe('groups', () => {
  const groupsOf = (project: { db: Database }) => {
    while (pairs.assignGroups(project.db, 1).next !== null);
    return pairs.chunk(project.db, 0, 100).map(({ prompt, images, groupId }) => ({ prompt, images, groupId }))
  }
  const drafts = fc.array(
    fc.record({ prompt: fc.constantFrom('p', 'q', 'r'), images: fc.uniqueArray(fc.integer({ min: 1, max: 6 }), { maxLength: 2 }) }),
    { minLength: 1, maxLength: 10 },
  )

  test('pairs that share an image, or, without one, the prompt, are together; the order of import makes no difference', () => {
    fc.assert(
      fc.property(drafts, (drafts) => {
        using project = new MemoryProject()
        using reversed = new MemoryProject()
        const rows = drafts.map(({ prompt, images }, i) => newPair(i + 1, { prompt, images: images.map(image) }))
        addPairs(project.db, rows)
        // One at a time and from the end, as several imports would bring them.
        for (const row of [...rows].reverse()) {
          addPairs(reversed.db, [row])
          pairs.assignGroups(reversed.db)
        }
        const all = groupsOf(project)
        const key = (pair: object) => JSON.stringify(pair)
        expect(all.map(key).sort()).toEqual(groupsOf(reversed).map(key).sort())
        for (const a of all) {
          expect(a.groupId).toMatch(/^[0-9a-f]{64}$/)
          for (const b of all) {
            if (a.images.some((hash) => b.images.includes(hash))) expect(a.groupId).toBe(b.groupId)
            if (a.images.length + b.images.length === 0) expect(a.groupId === b.groupId).toBe(a.prompt === b.prompt)
            if (a.images.length > 0 && b.images.length === 0) expect(a.groupId).not.toBe(b.groupId)
          }
        }
      }),
      { numRuns: 100 },
    )
  })

  test('a later pair that has the images of two groups joins them; a second call changes nothing', () => {
    using project = new Project()
    addPairs(project.db, [newPair(1, { images: [image(1)] }), newPair(2, { images: [image(2)] })])
    expect(groupsOf(project).map(({ groupId }) => groupId)).toEqual([image(1), image(2)])
    addPairs(project.db, [newPair(3, { images: [image(2), image(1)] })])
    expect(pairs.assignGroups(project.db)).toMatchObject({ changed: 2, next: null })
    expect(groupsOf(project).map(({ groupId }) => groupId)).toEqual([image(1), image(1), image(1)])
    expect(pairs.assignGroups(project.db)).toEqual({ changed: 0, next: null })
    // A pair of an image that was joined to others comes into their group at once.
    addPairs(project.db, [newPair(4, { images: [image(2)] })])
    expect(pairs.chunk(project.db, 3, 1)[0]?.groupId).toBe(image(1))
  })

  test('joining takes steps of the size asked for, and goes on after a stop', () => {
    using project = new Project()
    addPairs(
      project.db,
      Array.from({ length: 40 }, (_, i) => newPair(i, { images: [image(i % 2 === 0 ? 5 : 7)] })),
    )
    addPairs(project.db, [newPair(100, { images: [image(7), image(5)] }), newPair(101, { images: [image(1), image(7)] })])
    let steps = 0
    for (; steps < 1000; steps++) {
      const step = pairs.assignGroups(project.db, 3)
      expect(step.changed).toBeLessThanOrEqual(4)
      if (step.next === null) break
    }
    expect(steps).toBeGreaterThan(12)
    expect(new Set(groupsOf(project).map(({ groupId }) => groupId))).toEqual(new Set([image(1)]))
  })
})
