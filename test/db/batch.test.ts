import type { Database } from 'better-sqlite3'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { textHash } from '../../src/db/hash.ts'
import type { Batch, NewPair } from '../../src/db/pairs/batch.ts'
import { insertBatch } from '../../src/db/pairs/insert.ts'
import * as pairs from '../../src/db/queries/pairs.ts'
import { addPairs, beginImport, image, MemoryProject, newPair, Project } from './project.ts'

const media = (n: number) => ({ hash: image(n), mime: 'image/png', width: 4, height: 4, bytes: 9 })
const batch = (importId: number, over: Partial<Batch>): Batch => ({ importId, media: [], pairs: [], rejections: [], records: over.pairs?.length ?? 0, ...over })
const one = <Row>(project: { db: Database }, sql: string) => project.db.prepare(sql).get() as Row
const counts = (project: { db: Database }, importId: number) =>
  project.db.prepare('SELECT records, imported, skipped, quarantined FROM imports WHERE id = ?').get(importId)

describe('a batch of an import', () => {
  test('writes pairs, images and progress together, and says what became of each', () => {
    using project = new Project()
    const id = beginImport(project.db)
    const outcome = insertBatch(project.db, batch(id, {
      media: [media(1), media(2), media(1)],
      pairs: [newPair(1, { images: [image(2), image(1)], externalId: 'x', metadata: { from: 'here' } }), newPair(2)],
      rejections: [{ row: 3, field: 'chosen', code: 'missing-field', reason: 'no chosen', raw: '{}' }],
      records: 3,
    }))
    expect(outcome).toEqual({ imported: 2, skipped: 0, quarantined: 1, images: 2 })
    expect(counts(project, id)).toEqual({ records: 3, imported: 2, skipped: 0, quarantined: 1 })
    const pair = pairs.get(project.db, 1)
    expect(pair).toMatchObject({ externalId: 'x', status: 'unreviewed', stale: false, sfc: null, metadata: { from: 'here' }, importedFrom: { row: 1 } })
    expect(pair.images.map(({ hash }) => hash)).toEqual([image(2), image(1)])
  })

  test('skips what its source has, in whatever file or split; another source takes it', () => {
    using project = new Project()
    const add = (source: string, split: string) => insertBatch(project.db, batch(beginImport(project.db, source, split), { pairs: [newPair(1), newPair(1)] }))
    expect(add('a', 'train')).toMatchObject({ imported: 1, skipped: 1 })
    expect(add('a', 'test')).toMatchObject({ imported: 0, skipped: 2 })
    expect(add('b', 'test')).toMatchObject({ imported: 1, skipped: 1 })
  })

  test('quarantines another pair under a known id, and names the field', () => {
    using project = new Project()
    const id = beginImport(project.db)
    const outcome = insertBatch(project.db, batch(id, {
      pairs: [newPair(1, { externalId: 'same' }), newPair(2, { externalId: 'same', raw: '{"id":"same"}' }), newPair(3, { externalId: 'other' })],
    }))
    expect(outcome).toEqual({ imported: 2, skipped: 0, quarantined: 1, images: 0 })
    expect(one(project, 'SELECT row, field, code, raw FROM quarantine')).toEqual({ row: 2, field: 'id', code: 'duplicate-id', raw: '{"id":"same"}' })
  })

  test('that fails half-way leaves nothing of itself', () => {
    using project = new Project()
    const id = beginImport(project.db)
    // The second pair's image was never announced.
    expect(() => insertBatch(project.db, batch(id, { pairs: [newPair(1), newPair(2, { images: [image(9)] })] }))).toThrow(/FOREIGN KEY/)
    expect(counts(project, id)).toEqual({ records: 0, imported: 0, skipped: 0, quarantined: 0 })
    expect(one(project, 'SELECT count(*) AS n FROM pairs')).toEqual({ n: 0 })
  })

  test('tried again from the quarantine moves its row out, and the counts with it', () => {
    using project = new Project()
    const id = beginImport(project.db)
    const rejected = (row: number, reason: string) => ({ row, field: 'image', code: 'missing-image' as const, reason, raw: '{}' })
    insertBatch(project.db, batch(id, { pairs: [newPair(1)], rejections: [rejected(2, 'first'), rejected(3, 'first')], records: 3 }))
    const again = insertBatch(project.db, batch(id, { pairs: [newPair(2)], rejections: [rejected(3, 'second')], records: null }))
    expect(again).toEqual({ imported: 1, skipped: 0, quarantined: 1, images: 0 })
    expect(counts(project, id)).toEqual({ records: 3, imported: 2, skipped: 0, quarantined: 1 })
    expect(project.db.prepare('SELECT row, reason FROM quarantine').all()).toEqual([{ row: 3, reason: 'second' }])
  })
})

const record = fc.record({ n: fc.integer({ min: 1, max: 6 }), id: fc.constantFrom(null, 'a', 'b', 'c') })

test('whatever is imported in whatever batches, twice adds nothing twice, and all records are accounted for', () => {
  fc.assert(
    fc.property(fc.array(record, { minLength: 1, maxLength: 20 }), fc.integer({ min: 1, max: 7 }), (records, size) => {
      using project = new MemoryProject()
      const rows: NewPair[] = records.map(({ n, id }, i) => ({ ...newPair(n), row: i + 1, externalId: id }))
      const run = () => {
        const importId = beginImport(project.db)
        for (let at = 0; at < rows.length; at += size) {
          insertBatch(project.db, batch(importId, { pairs: rows.slice(at, at + size), records: Math.min(at + size, rows.length) }))
        }
        const { records, imported, skipped, quarantined } = counts(project, importId) as Record<string, number>
        expect(imported! + skipped! + quarantined!).toBe(records)
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
      const inside = (row: number) => rows.findIndex((other, i) => other.prompt === rows[row - 1]?.prompt && !held.includes(i + 1)) >= 0
      expect(waiting()).toEqual(held.filter((row) => !inside(row)))
      const texts = project.db.prepare('SELECT prompt, chosen, rejected, text_hash FROM pairs').all() as Record<'prompt' | 'chosen' | 'rejected' | 'text_hash', string>[]
      for (const { prompt, chosen, rejected, text_hash } of texts) expect(text_hash).toBe(textHash(prompt, chosen, rejected))
    }),
    { numRuns: 200 },
  )
})

describe('groups', () => {
  const groupsOf = (project: { db: Database }) => {
    pairs.assignGroups(project.db)
    return pairs.chunk(project.db, 0, 100).map(({ prompt, images, groupId }) => ({ prompt, images, groupId }))
  }
  const drafts = fc.array(fc.record({ prompt: fc.constantFrom('p', 'q', 'r'), images: fc.uniqueArray(fc.integer({ min: 1, max: 6 }), { maxLength: 2 }) }), { minLength: 1, maxLength: 10 })

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
    expect(pairs.assignGroups(project.db)).toEqual({ groups: 2, changed: 2 })
    addPairs(project.db, [newPair(3, { images: [image(2), image(1)] })])
    expect(pairs.assignGroups(project.db)).toEqual({ groups: 1, changed: 2 })
    expect(new Set(groupsOf(project).map(({ groupId }) => groupId))).toEqual(new Set([image(1)]))
    expect(pairs.assignGroups(project.db)).toEqual({ groups: 1, changed: 0 })
  })
})
