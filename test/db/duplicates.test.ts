import type { Database } from 'better-sqlite3'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { annotateInput, duplicateKind, type DuplicateKind } from '../../src/contract/pairs.ts'
import { fold } from '../../src/core/duplicates.ts'
import type { DbClient } from '../../src/db/worker/client.ts'
import * as annotations from '../../src/db/annotations/queries.ts'
import * as duplicates from '../../src/db/duplicates/queries.ts'
import { findDuplicates } from '../../src/jobs/intake/duplicates.ts'
import { direct } from './direct.ts'
import { addPairs, image, MemoryProject, newPair, Project } from './project.ts'

type Content = { prompt: string; chosen: string; rejected: string; images: string[] }
type Sets = Record<DuplicateKind, number[][]>

const find = (db: DbClient, signal = new AbortController().signal) => findDuplicates({ db, signal, progress: () => {} })

/** The sets of the table, each by rising pair, in the order of their first. */
function table(db: Database): Sets {
  const rows = db.prepare('SELECT kind, set_id, pair_id FROM duplicates ORDER BY kind, set_id, pair_id').all() as {
    kind: DuplicateKind
    set_id: number
    pair_id: number
  }[]
  const sets = Object.fromEntries(duplicateKind.options.map((kind) => [kind, [] as number[][]])) as Sets
  for (const { kind, set_id, pair_id } of rows) (sets[kind][set_id - 1] ??= []).push(pair_id)
  for (const kind of duplicateKind.options) sets[kind].sort((a, b) => a[0]! - b[0]!)
  return sets
}

/** The definitions, pair against pair, for pairs numbered from 1. */
function expected(pairs: Content[]): Sets {
  const question = (p: Content) => JSON.stringify([p.prompt, p.images])
  const exact = (p: Content) => JSON.stringify([question(p), p.chosen, p.rejected])
  const group = (key: (p: Content) => string, enough: (set: Content[]) => boolean) => {
    const sets = Map.groupBy(
      pairs.map((content, i) => ({ content, id: i + 1 })),
      ({ content }) => key(content),
    )
    return [...sets.values()].filter((set) => enough(set.map(({ content }) => content))).map((set) => set.map(({ id }) => id))
  }
  return {
    'same-pair': group(exact, (set) => set.length > 1),
    'flipped-twin': group(
      (p) => JSON.stringify([question(p), [p.chosen, p.rejected].sort()]),
      (set) => new Set(set.map(({ chosen }) => chosen)).size > 1,
    ),
    'near-pair': group(
      (p) => JSON.stringify([fold(p.prompt), fold(p.chosen), fold(p.rejected), p.images]),
      (set) => new Set(set.map(exact)).size > 1,
    ),
    'same-question': group(question, (set) => set.length > 1),
    'near-responses': pairs.flatMap((p, i) => (fold(p.chosen) === fold(p.rejected) ? [[i + 1]] : [])),
  }
}

/** Each pair from a source of its own, for a source takes the same pair only once. */
function fill(db: Database, contents: Content[]): void {
  contents.forEach((content, i) => addPairs(db, [newPair(1, content)], `source ${i}`))
}

const word = fc.constantFrom('cat', 'Cat', 'cat.', 'dog', 'a  dog', 'A dog!')
const contentOf = fc
  .record({ prompt: fc.constantFrom('what?', 'What', 'who?'), chosen: word, rejected: word, images: fc.subarray([image(1), image(2)]) })
  .filter(({ chosen, rejected }) => chosen !== rejected)
const contents = fc.array(contentOf, { minLength: 1, maxLength: 14 })

describe('what is found', () => {
  test('is what the definitions say, pair against pair', async () => {
    await fc.assert(
      fc.asyncProperty(contents, async (pairs) => {
        using project = new MemoryProject()
        fill(project.db, pairs)
        const found = await find(direct(project.db))
        const sets = expected(pairs)
        expect(table(project.db)).toEqual(sets)
        for (const kind of duplicateKind.options) {
          expect(found[kind]).toEqual({ sets: sets[kind].length, pairs: sets[kind].flat().length })
        }
        expect(duplicates.summary(project.db)).toMatchObject({
          stale: false,
          kinds: duplicateKind.options.map((kind) => ({ kind, ...found[kind] })),
        })
      }),
      { numRuns: 120 },
    )
  })

  test('finds a twin put in beside any pair, flipped, copied or told in other words', async () => {
    const twins: [DuplicateKind, (of: Content) => Content][] = [
      ['flipped-twin', (of) => ({ ...of, chosen: of.rejected, rejected: of.chosen })],
      ['same-pair', (of) => of],
      ['near-pair', (of) => ({ ...of, chosen: ` ${of.chosen.toUpperCase()}…` })],
      ['same-question', (of) => ({ ...of, chosen: 'something else' })],
    ]
    await fc.assert(
      fc.asyncProperty(contents, fc.nat(), fc.constantFrom(...twins), async (pairs, at, [kind, twin]) => {
        using project = new MemoryProject()
        const of = at % pairs.length
        fill(project.db, [...pairs, twin(pairs[of]!)])
        await find(direct(project.db))
        expect(table(project.db)[kind].some((set) => set.includes(of + 1) && set.includes(pairs.length + 1))).toBe(true)
      }),
      { numRuns: 80 },
    )
  })

  test('does not depend on the order of the pairs', async () => {
    const asContents = (db: Database, pairs: Content[]) =>
      Object.values(table(db)).map((sets) => sets.map((set) => set.map((id) => JSON.stringify(pairs[id - 1])).sort()).sort())
    await fc.assert(
      fc.asyncProperty(
        contents.chain((pairs) => fc.tuple(fc.constant(pairs), fc.shuffledSubarray(pairs, { minLength: pairs.length }))),
        async ([pairs, shuffled]) => {
          using one = new MemoryProject()
          using other = new MemoryProject()
          fill(one.db, pairs)
          fill(other.db, shuffled)
          await find(direct(one.db))
          await find(direct(other.db))
          expect(asContents(other.db, shuffled)).toEqual(asContents(one.db, pairs))
        },
      ),
      { numRuns: 40 },
    )
  })

  test('is the same where every short hash collides', async () => {
    await fc.assert(
      fc.asyncProperty(contents, fc.integer({ min: 1, max: 3 }), async (pairs, buckets) => {
        using project = new MemoryProject()
        fill(project.db, pairs)
        const client = direct(project.db)
        const coarse = async (after: number, limit: number) => {
          const stretch = duplicates.hashes(project.db, after, limit)
          for (const [name, values] of Object.entries(stretch.hashes)) {
            if (name !== 'ids') values.forEach((hash: number, i: number) => (values[i] = hash % buckets))
          }
          return stretch
        }
        await find({ ...client, duplicates: { ...client.duplicates, hashes: coarse } })
        expect(table(project.db)).toEqual(expected(pairs))
      }),
      { numRuns: 40 },
    )
  })

  test('is found again across thousands of pairs, in stretches', async () => {
    using project = new MemoryProject()
    const n = 3500
    const prompt = 'the same question'
    addPairs(
      project.db,
      Array.from({ length: n }, (_, i) => newPair(i + 1, { prompt })),
      'a',
    )
    addPairs(
      project.db,
      Array.from({ length: n }, (_, i) => newPair(i + 1, { prompt })),
      'b',
    )
    expect(await find(direct(project.db))).toEqual({
      'same-pair': { sets: n, pairs: 2 * n },
      'flipped-twin': { sets: 0, pairs: 0 },
      'near-pair': { sets: 0, pairs: 0 },
      'same-question': { sets: 1, pairs: 2 * n },
      'near-responses': { sets: 0, pairs: 0 },
    })
    const { 'same-pair': same, 'same-question': question } = table(project.db)
    expect(same[0]).toEqual([1, n + 1])
    expect(question).toEqual([Array.from({ length: 2 * n }, (_, i) => i + 1)])
  })
})

describe('pairs as they stand now', () => {
  const label = (db: Database, input: object) => annotations.annotate(db, annotateInput.parse(input), 'tester')

  test('count with their present texts, and discarded ones not at all', async () => {
    using project = new Project()
    const [a = 0, b = 0, c = 0] = addPairs(project.db, [
      newPair(1, { prompt: 'p' }),
      newPair(2, { prompt: 'p' }),
      newPair(3, { prompt: 'p' }),
    ])
    await find(direct(project.db))
    expect(table(project.db)).toMatchObject({ 'same-pair': [], 'flipped-twin': [], 'same-question': [[a, b, c]] })

    label(project.db, { pairId: b, action: 'edit', prompt: 'p', chosen: 'right 1', rejected: 'wrong 1' })
    label(project.db, { pairId: c, action: 'discard' })
    expect(duplicates.summary(project.db).stale).toBe(true)
    await find(direct(project.db))
    expect(table(project.db)).toMatchObject({ 'same-pair': [[a, b]], 'same-question': [[a, b]] })

    label(project.db, { pairId: a, action: 'flip' })
    await find(direct(project.db))
    expect(table(project.db)).toMatchObject({ 'same-pair': [], 'flipped-twin': [[a, b]] })
  })

  test('an image that is missing is told apart by its name', async () => {
    using project = new Project()
    const ids = addPairs(
      project.db,
      Array.from({ length: 4 }, (_, i) => newPair(i + 1, { prompt: 'p' })),
    )
    const miss = project.db.prepare("INSERT INTO missing_images (pair_id, position, reference, reason) VALUES (?, 0, ?, 'gone')")
    ;['a.png', 'b.png', 'a.png'].forEach((reference, i) => miss.run(ids[i], reference))
    await find(direct(project.db))
    expect(table(project.db)['same-question']).toEqual([[ids[0], ids[2]]])
  })

  test('a confirmed label makes nothing stale, another pair does', async () => {
    using project = new Project()
    const [a = 0] = addPairs(project.db, [newPair(1)])
    expect(duplicates.summary(project.db)).toEqual({ foundAt: null, stale: false, kinds: [] })
    await find(direct(project.db))
    label(project.db, { pairId: a, action: 'keep' })
    expect(duplicates.summary(project.db).stale).toBe(false)
    addPairs(project.db, [newPair(2)])
    expect(duplicates.summary(project.db).stale).toBe(true)
  })
})

test('a search that is stopped half-way counts as none, and one after it finds all', async () => {
  using project = new MemoryProject()
  fill(
    project.db,
    Array.from({ length: 9 }, () => ({ prompt: 'p', chosen: 'a', rejected: 'b', images: [] })),
  )
  await find(direct(project.db))
  const whole = table(project.db)
  const client = direct(project.db)
  const controller = new AbortController()
  const write: DbClient['duplicates']['write'] = async (...args) => {
    controller.abort(new Error('stopped'))
    return client.duplicates.write(...args)
  }
  await expect(find({ ...client, duplicates: { ...client.duplicates, write } }, controller.signal)).rejects.toThrow('stopped')
  expect(duplicates.summary(project.db).foundAt).toBeNull()
  await find(client)
  expect(table(project.db)).toEqual(whole)
})
