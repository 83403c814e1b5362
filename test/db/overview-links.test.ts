import { createRouterClient } from '@orpc/server'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { linksOf } from '../../renderer/features/overview/links.ts'
import type { PairFilter, Quadrant } from '../../src/contract/pairs.ts'
import { below } from '../../src/core/numbers.ts'
import { random } from '../../src/core/random.ts'
import { SHORTCUT_PRONE_MARGIN } from '../../src/core/shortcut-prone.ts'
import { openProject } from '../../src/db/project/open.ts'
import { refreshAudit } from '../../src/db/scans/queries.ts'
import { Backend } from '../../src/services/backend.ts'
import { createRouter } from '../../src/services/router.ts'
import { addPairs, image, newPair, Scratch } from './project.ts'

const N = 300
const WORDS = 'ant bear cow deer eel fox goat hare ibis jay kiwi lark mole newt owl pig quail rat seal toad'.split(' ')
/** Bounds of bins and cells among them: there a pair must be in one of the two. */
const BOUNDS = [
  0,
  SHORTCUT_PRONE_MARGIN,
  below(SHORTCUT_PRONE_MARGIN),
  -Math.log(Math.expm1(Math.LN2 / 8)),
  -Math.log(Math.expm1((9 * Math.LN2) / 8)),
  Math.log(0.55 / (1 - 0.55)),
]

test('every number of a report, its reasons and the facets links to as many pairs as it says', async () => {
  using scratch = new Scratch()
  const backend = new Backend({ trainerSource: scratch.folder, userDir: join(scratch.folder, 'home') })
  const client = createRouterClient(createRouter(backend))
  try {
    const { path } = await client.projects.create({ path: scratch.project })
    await client.projects.close()
    const { db, close } = openProject(path)
    const draw = random('links')
    const say = () => draw.sample(WORDS, 4).join(' ')
    const made = (from: number) =>
      Array.from({ length: N / 2 }, (_, i) => {
        const marked = draw.next() < 0.8
        // A third of one source names no image; some responses are nothing but the phrase.
        return newPair(from + i, {
          chosen: i % 40 === 0 ? 'as can be seen' : `${say()} ${i}${marked ? ' as can be seen' : ''}`,
          rejected: `${say()}${i % 9 === 0 ? ' as can be seen' : ''}`,
          images: from > 1 && i % 3 === 0 ? [] : [image(Math.floor((from + i) / 2))],
        })
      })
    const ids = [...addPairs(db, made(1), 'a', 'train'), ...addPairs(db, made(N), 'b', 'test')]
    db.exec(`INSERT INTO scans (id, proxy, seed, folds, dir, in_sample_accuracy, finished_at, created_at) VALUES (1, 'lexical', 0, 5, 'scans/x', 1, '2026-01-01T00:00:00.000Z', '2026-01-01T00:00:00.000Z');
      INSERT INTO jobs (id, kind, title, status, input, created_at) VALUES ('r', 'train', '', 'succeeded', '{}', '2026-01-01T00:00:00.000Z');
      INSERT INTO runs (id, job_id, method, train_source, seed, options, dir, snapshot_hash, train_pairs, test_pairs, created_at)
        VALUES ('r', 'r', 'standard', 'a+b', 0, '{"sources":["a","b"]}', '', '', 1, 1, '2026-01-01T00:00:00.000Z');
      INSERT INTO scan_features (scan_id, rank, feature, kind, weight, coverage, lift, support, side)
        VALUES (1, 0, 'can be', 'ngram', 2, 0.9, 1.8, 999, 'chosen'), (1, 1, 'length (words)', 'style', 1, 0.5, 1.2, 7, 'chosen')`)
    const text = db.prepare(
      "INSERT INTO text_scores (scan_id, pair_id, fold, margin, loss, text_hash, scored_at) SELECT 1, pair_id, ?, ?, 0, text_hash, '2026-01-01T00:00:00.000Z' FROM pair_state WHERE pair_id = ?",
    )
    const pin = db.prepare(
      "INSERT INTO run_pairs (run_id, pair_id, role, text_hash) SELECT 'r', pair_id, 'test', text_hash FROM pair_state WHERE pair_id = ?",
    )
    const judge = db.prepare("INSERT INTO run_eval (run_id, pair_id, mm_margin) VALUES ('r', ?, ?)")
    const margin = () => (draw.next() < 0.3 ? draw.pick(BOUNDS) : 3 * draw.normal() + 1)
    for (const [i, id] of ids.entries()) {
      if (i % 17 !== 0) text.run(i % 5, margin(), id)
      if (i % 4 === 0) continue
      pin.run(id)
      judge.run(id, margin())
    }
    refreshAudit(db)
    close()
    await client.projects.open({ path })
    for (const [i, pairId] of ids.entries()) {
      const action = ([undefined, 'flip', 'tie', 'discard', 'keep'] as const)[i % 11]
      if (action) await client.review.annotate({ pairId, action })
      else if (i % 11 === 7) {
        const { prompt, chosen, rejected } = await client.pairs.get({ pairId })
        await client.review.annotate({ pairId, action: 'edit', prompt, chosen: `${chosen} now`, rejected })
      }
      if (i % 5 === 0) await client.pairs.tag({ pairId, add: ['odd'] })
    }
    await client.slices.save({ name: 'some', filter: { sources: ['b'], statuses: ['unreviewed', 'tied', 'flipped'] } })

    const told: [what: string, number: number, filter: PairFilter][] = []
    const report = (await client.scan.report())!
    const links = linksOf(report)
    for (const [quadrant, pairs] of Object.entries(report.quadrants)) told.push([quadrant, pairs, links.quadrant(quadrant as Quadrant)])
    for (const bin of report.textHistogram) told.push([`text bin ${bin.low}`, bin.pairs, links.textBin(bin)])
    for (const bin of report.auditSfcHistogram!) told.push([`audit bin ${bin.low}`, bin.pairs, links.auditBin(bin)])
    const { edges, cells } = report.scatter!
    for (const { x, y, pairs } of cells) told.push([`cell ${x} ${y}`, pairs, links.lossArea({ x0: x, x1: x, y0: y, y1: y }, edges)])
    told.push(['whole plane', report.scatter!.pairs, links.lossArea({ x0: 0, x1: 32, y0: 0, y1: 32 }, edges)])
    told.push(
      ['shortcut-prone', report.shortcutProne, links.shortcutProne()],
      ['suspects', report.suspects!.listed, links.suspects()],
      ['text only', report.textOnly!.pairs, links.textOnly()],
    )
    for (const row of report.slices) {
      const filter = links.slice(row)
      if (filter) told.push([`${row.dimension} ${row.value}`, row.pairs, filter])
    }
    for (const { source, pairs } of report.bySource) told.push([source, pairs, links.source(source)])
    told.push(['stale', report.stale, { stale: true }])
    const facets = await client.pairs.facets()
    for (const { value, count } of facets.statuses) told.push([value, count, { statuses: [value] }])
    for (const { value, count } of facets.quadrants) told.push([value, count, { quadrants: [value] }])
    for (const { value, count } of facets.tags) told.push([value, count, { tags: [value] }])

    const reasons = (await client.reasons.list())!
    expect(reasons.looked).toBe(reasons.scored)
    // All of them are about the pairs that name an image, and the dataset has others.
    expect(report.textOnly!.pairs).toBeGreaterThan(20)
    const total = (counts: number[]) => counts.reduce((sum, pairs) => sum + pairs, 0)
    expect([
      total(Object.values(report.quadrants)),
      total(report.textHistogram.map(({ pairs }) => pairs)),
      report.languagesOf,
      reasons.scored,
    ]).toEqual(Array(4).fill(report.judged))
    for (const { feature, kind, support } of reasons.reasons)
      told.push([feature, support, { set: (await client.reasons.pairs({ feature, kind })).set!.id }])
    for (const { place, text, pairs } of reasons.boilerplate.filter(({ pairs }) => pairs > 0))
      told.push([`${place} ${text}`, pairs, { set: (await client.reasons.pairs({ place, text })).set!.id }])

    const counted = await Promise.all(told.map(async ([what, , filter]) => [what, (await client.pairs.count({ filter })).count]))
    expect(counted).toEqual(told.map(([what, number]) => [what, number]))
    // All kinds are there, and none of them only as zero.
    expect(told.filter(([, number]) => number > 0).length).toBeGreaterThan(60)
    expect(new Set(report.slices.map(({ dimension }) => dimension))).toEqual(
      new Set(['source', 'split', 'slice', 'tag', 'prompt-type', 'length-difference', 'language']),
    )
    expect(reasons.boilerplate.length).toBeGreaterThan(0)
    expect(report.stale).toBeGreaterThan(5)
  } finally {
    await backend.close()
  }
})
