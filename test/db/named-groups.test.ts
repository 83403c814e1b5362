import fc from 'fast-check'
import Sqlite from 'better-sqlite3'
import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import sharp from 'sharp'
import { afterAll, describe, expect, test } from 'vitest'
import { random } from '../../src/core/random.ts'
import { groupPairs, type GroupMember } from '../../src/core/groups.ts'
import { initialise } from '../../src/db/migrations/migrate.ts'
import { migrations } from '../../src/db/migrations/index.ts'
import { openProject } from '../../src/db/project/open.ts'
import type { NewImage } from '../../src/db/pairs/batch.ts'
import { assignGroups } from '../../src/db/pairs/groups.ts'
import { refreshAudit } from '../../src/db/scans/queries.ts'
import * as runs from '../../src/db/runs/queries.ts'
import * as missing from '../../src/db/media/missing.ts'
import { openDataset } from '../../src/formats/dataset.ts'
import { healKind } from '../../src/jobs/kinds/heal.ts'
import { importKind } from '../../src/jobs/kinds/import.ts'
import { scanKind } from '../../src/jobs/kinds/scan.ts'
import { reportOf } from '../../src/services/report/report.ts'
import { Project, removeTemporary, temporary } from './importing.ts'
import { addPairs, image, MemoryProject, newPair, Scratch } from './project.ts'

afterAll(removeTemporary)

const WORDS = 'ant bear cow deer eel fox goat hare ibis jay kiwi lark mole newt owl pig quail rat seal toad'.split(' ')

async function imported(project: Project, records: object[], source = 's', imagesDir = temporary()) {
  const dir = temporary()
  const file = path.join(dir, 'pairs.jsonl')
  writeFileSync(file, records.map((record) => `${JSON.stringify(record)}\n`).join(''))
  return project.result(importKind, { file, source, imagesDir, files: await openDataset(file), format: 'mm-rm' } as never)
}

/** A folder with a small picture under each name; equal colours are equal bytes. */
async function pictures(names: readonly (readonly [name: string, colour: number])[]): Promise<string> {
  const folder = temporary()
  for (const [name, colour] of names) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true })
    writeFileSync(
      path.join(folder, name),
      await sharp({ create: { width: 4, height: 4, channels: 3, background: { r: colour % 256, g: colour >> 8, b: 9 } } })
        .png()
        .toBuffer(),
    )
  }
  return folder
}

/** `questions` pairs on each image, whose answer is in the image alone: the same two responses for all pairs of an image. */
function questions(images: number, each: number, nameOf: (i: number) => string, seed = 1): object[] {
  const draw = random(`named:${seed}`)
  return Array.from({ length: images }, (_, i) => {
    const [chosen, rejected] = draw.sample(WORDS, 2).map((word) => `It is the ${word} ${draw.pick(WORDS)}.`)
    return Array.from({ length: each }, (_, k) => ({
      id: `${seed}-${i}-${k}`,
      prompt: `What is it, ${i} ${k}?`,
      img_path: nameOf(i),
      chosen,
      rejected,
    }))
  }).flat()
}

const groupsOf = async (project: Project) =>
  new Map((await project.db.pairs.chunk(0, 5000)).map(({ externalId, groupId }) => [externalId, groupId]))
const distinct = (groups: ReadonlyMap<unknown, unknown>) => new Set(groups.values()).size
const report = async (project: Project) => {
  const found = await reportOf({ db: project.db, path: project.folder, readOnly: true } as never)
  if (!found) throw new Error('there is no report')
  return found
}

describe('an image that is named', () => {
  test.each([
    ['a path', (i: number) => `images/${i}.png`, (i: number) => `images/${i}.png`],
    ['a path in two ways', (i: number) => (i % 2 ? `./images/${i}.png` : `images\\${i}.png`), (i: number) => `images/${i}.png`],
    ['percent-encoded', (i: number) => `my%20images/${i}.png`, (i: number) => `my images/${i}.png`],
  ])('groups pairs before and after its file is there: %s', async (_, nameOf, fileOf) => {
    const project = await Project.create()
    await imported(project, questions(12, 3, nameOf))
    const before = await groupsOf(project)
    expect(distinct(before)).toBe(12)
    const folder = await pictures(Array.from({ length: 12 }, (_, i) => [fileOf(i), i + 1] as const))
    await project.result(healKind, { imagesDir: folder })
    const healed = await groupsOf(project)
    // A name that this version does not find is still the same group.
    expect(healed).toEqual(before)
    // An import with all images at hand gives the same groups, by the same names.
    const whole = await Project.create()
    await imported(whole, questions(12, 3, nameOf), 's', folder)
    expect(await groupsOf(whole)).toEqual(before)
    await project.close()
    await whole.close()
  })

  test('and its file: the same verdict before and after, and no score is stale', async () => {
    const project = await Project.create()
    await imported(
      project,
      questions(40, 6, (i) => `${i}.png`),
    )
    await project.result(scanKind, { seed: 0 })
    const before = await report(project)
    expect(before).toMatchObject({
      groups: 40,
      judged: 240,
      subject: 'images',
      verdict: { level: 'none' },
      missing: { images: 40, pairs: 240 },
    })
    expect(before.verdict.sentence).toMatch(/^No leak found/)
    await project.result(healKind, { imagesDir: await pictures(Array.from({ length: 40 }, (_, i) => [`${i}.png`, i + 1] as const)) })
    const after = await report(project)
    expect(after).toMatchObject({
      stale: 0,
      regrouped: 0,
      groups: 40,
      blindAccuracy: before.blindAccuracy,
      verdict: { level: 'none', sentence: before.verdict.sentence },
    })
    await project.result(scanKind, { seed: 0 })
    expect((await report(project)).blindAccuracy).toEqual(before.blindAccuracy)
    await project.close()
  }, 120_000)

  test('too few groups for a verdict counts images, not prompts', async () => {
    const project = await Project.create()
    await imported(
      project,
      questions(15, 8, (i) => `${i}.png`),
    )
    await project.result(scanKind, { seed: 0 })
    expect(await report(project)).toMatchObject({ groups: 15, verdict: { level: 'too-few' } })
    await project.close()
  }, 120_000)
})

describe('groups that join', () => {
  test('when two names turn out to have one content: their scores are stale, and it is said; a new blind test clears it', async () => {
    const project = await Project.create()
    await imported(
      project,
      questions(30, 4, (i) => `${i}.png`),
    )
    await project.result(scanKind, { seed: 0 })
    // Images 2n and 2n + 1 are the same picture, for the first ten.
    await project.result(healKind, {
      imagesDir: await pictures(Array.from({ length: 30 }, (_, i) => [`${i}.png`, i < 20 ? 100 + (i >> 1) : i] as const)),
    })
    const groups = await groupsOf(project)
    expect(distinct(groups)).toBe(20)
    expect(groups.get('1-0-0')).toBe(groups.get('1-1-3'))
    const outdated = await report(project)
    expect(outdated.regrouped).toBeGreaterThan(0)
    expect(outdated.regrouped % 8).toBe(0)
    expect(outdated.stale).toBe(outdated.regrouped)
    expect(outdated.scored).toBe(120 - outdated.regrouped)
    expect(outdated.verdict.steps.find(({ action }) => action === 'rescan')?.text).toMatch(/joined other groups/)
    await project.result(scanKind, { seed: 0 })
    expect(await report(project)).toMatchObject({ regrouped: 0, stale: 0, scored: 120, groups: 20 })
    await project.close()
  }, 120_000)

  test('by an import', async () => {
    const project = await Project.create()
    await imported(
      project,
      questions(30, 2, (i) => `${i}.png`),
    )
    await project.result(scanKind, { seed: 0 })
    await imported(project, [
      { id: 'all', prompt: 'Which differ?', img_path: Array.from({ length: 10 }, (_, i) => `${i}.png`), chosen: 'All.', rejected: 'None.' },
    ])
    expect(distinct(await groupsOf(project))).toBe(21)
    expect(await report(project)).toMatchObject({ regrouped: 20, stale: 20 })
    await project.close()
  }, 120_000)

  test('audit numbers that are written again leave it so; a flip and a kept label too', () => {
    using project = new MemoryProject()
    const { db } = project
    addPairs(db, [newPair(1, { images: [image(1)] }), newPair(2, { images: [image(2)] })])
    db.exec(`INSERT INTO scans (id, proxy, seed, folds, dir, finished_at, created_at) VALUES (1, 'lexical', 0, 5, 'x', 'now', 'now');
      INSERT INTO text_scores (scan_id, pair_id, fold, margin, loss, text_hash, scored_at) SELECT 1, pair_id, pair_id, 1.5, 0.2, text_hash, 'now' FROM pair_state`)
    refreshAudit(db)
    const stale = () => db.prepare('SELECT stale FROM pair_state WHERE pair_id <= 2 ORDER BY pair_id').pluck().all()
    expect(stale()).toEqual([0, 0])
    addPairs(db, [newPair(3, { images: [image(1), image(2)] })])
    assignGroups(db)
    expect(stale()).toEqual([1, 1])
    refreshAudit(db)
    expect(stale()).toEqual([1, 1])
  })
})

describe('scores that are no longer held out, by scan, probe and run each by its own parts', () => {
  const PAIRS = 6
  const scored = fc.record({
    fold: fc.nat(2),
    probeFold: fc.nat(2),
    roles: fc.tuple(...[0, 1].map(() => fc.constantFrom('train' as const, 'test' as const, null))),
  })
  const joins = fc.array(fc.array(fc.nat(PAIRS - 1), { minLength: 2, maxLength: 3 }), { minLength: 1, maxLength: 2 })

  /** A project of pairs with an image each, scored by a scan, a probe and two runs. */
  function scoredProject(pairs: readonly { fold: number; probeFold: number; roles: readonly ('train' | 'test' | null)[] }[]) {
    const project = new MemoryProject()
    const { db } = project
    addPairs(
      db,
      pairs.map((_, i) => newPair(i + 1, { images: [image(i + 1)] })),
    )
    db.exec(`INSERT INTO scans (id, proxy, seed, folds, dir, finished_at, created_at) VALUES (1, 'lexical', 0, 3, 'x', 'now', 'now');
      INSERT INTO mm_scans (id, seed, folds, findings, finished_at, created_at) VALUES (1, 0, 3, '{"imageGain":{"low":0.1}}', 'now', 'now');
      INSERT INTO jobs (id, kind, title, status, input, created_at) VALUES ('r0', 'train', '', 'succeeded', '{}', '0'), ('r1', 'train', '', 'succeeded', '{}', '1');
      INSERT INTO runs (id, job_id, method, train_source, seed, options, dir, snapshot_hash, train_pairs, test_pairs, created_at)
        SELECT id, id, 'standard', 'src', 0, '{"sources":["src"]}', '', '', 1, 1, created_at FROM jobs`)
    for (const [i, { fold, probeFold, roles }] of pairs.entries()) {
      const hash = newPair(i + 1).textHash
      db.prepare(
        "INSERT INTO text_scores (scan_id, pair_id, fold, margin, loss, text_hash, scored_at) VALUES (1, ?, ?, 1.5, 0.2, ?, 'now')",
      ).run(i + 1, fold, hash)
      db.prepare(
        "INSERT INTO mm_scores (mm_scan_id, pair_id, fold, margin, blank_margin, swapped_margin, text_hash, scored_at) VALUES (1, ?, ?, 2, 0, 0, ?, 'now')",
      ).run(i + 1, probeFold, hash)
      for (const [r, role] of roles.entries()) {
        if (role === null) continue
        db.prepare('INSERT INTO run_pairs (run_id, pair_id, role, text_hash) VALUES (?, ?, ?, ?)').run(`r${r}`, i + 1, role, hash)
        if (role === 'test') db.prepare('INSERT INTO run_eval (run_id, pair_id, mm_margin) VALUES (?, ?, 3)').run(`r${r}`, i + 1)
      }
    }
    refreshAudit(db)
    return project
  }
  const state = (db: MemoryProject['db']) =>
    db.prepare('SELECT stale, mm_run AS run, audit_sfc AS sfc FROM pair_state WHERE pair_id <= ? ORDER BY pair_id').all(PAIRS) as {
      stale: 0 | 1
      run: string | null
      sfc: number | null
    }[]

  test('a score holds if its model was fitted on no pair of the present group; another reference takes the place of one that does not', () => {
    fc.assert(
      fc.property(fc.array(scored, { minLength: PAIRS, maxLength: PAIRS }), joins, (pairs, joined) => {
        using project = scoredProject(pairs)
        const { db } = project
        addPairs(
          db,
          joined.map((of, i) => newPair(100 + i, { images: of.map((pair) => image(pair + 1)) })),
        )
        assignGroups(db)
        const component = groupPairs([
          ...pairs.map((_, i) => ({ id: i, keys: [image(i + 1)] })),
          ...joined.map((of, i) => ({ id: 100 + i, keys: of.map((pair) => image(pair + 1)) })),
        ])
        const wanted = pairs.map(({ roles }, i) => {
          const group = pairs.filter((_, j) => component.get(j) === component.get(i))
          const stale = new Set(group.map(({ fold }) => fold)).size > 1
          const held = [1, 0].filter((r) => roles[r] === 'test' && !group.some((pair) => pair.roles[r] === 'train'))
          const probe = new Set(group.map(({ probeFold }) => probeFold)).size === 1 ? 'probe:1' : null
          return { stale: stale ? 1 : 0, run: held[0] === undefined ? probe : `r${held[0]}`, tested: held }
        })
        for (const [i, { stale, run, sfc }] of state(db).entries()) {
          expect(stale).toBe(wanted[i]!.stale)
          if (stale) continue
          expect(run).toBe(wanted[i]!.run)
          expect(sfc === null).toBe(run === null)
        }
        // What the numbers are does not hang on when they are written.
        const before = state(db)
        refreshAudit(db)
        expect(state(db)).toEqual(before)
        for (const r of [0, 1])
          expect(runs.evalRows(db, `r${r}`).map(({ pairId }) => pairId)).toEqual(
            wanted.flatMap(({ tested }, i) => (tested.includes(r) ? [i + 1] : [])),
          )
        expect(runs.flips(db, 'r0', 'r1').pairs).toBe(wanted.filter(({ tested }) => tested.length === 2).length)
      }),
      { numRuns: 120 },
    )
  })
})

describe('files of one name in two folders', () => {
  test('that the names tell apart are two groups, before and after their files are there', async () => {
    const project = await Project.create()
    await imported(
      project,
      questions(10, 2, (i) => `${i % 2 ? 'a' : 'b'}/${i >> 1}.png`),
    )
    expect(distinct(await groupsOf(project))).toBe(10)
    const before = await groupsOf(project)
    await project.result(healKind, {
      imagesDir: await pictures(Array.from({ length: 10 }, (_, i) => [`${i % 2 ? 'a' : 'b'}/${i >> 1}.png`, i + 1] as const)),
    })
    expect(await groupsOf(project)).toEqual(before)
    await project.close()
  })

  test('of two imports into one source are two groups, whether they are there at the import or found later', async () => {
    const [first, second] = await Promise.all(
      [1, 101].map((from) => pictures(Array.from({ length: 8 }, (_, i) => [`${i}.png`, from + i] as const))),
    )
    const records = (seed: number) => questions(8, 2, (i) => `${i}.png`, seed)
    const atOnce = await Project.create()
    await imported(atOnce, records(1), 's', first)
    await imported(atOnce, records(2), 's', second)
    const later = await Project.create()
    await imported(later, records(1), 's', first)
    await imported(later, records(2))
    expect(distinct(await groupsOf(later))).toBe(8)
    await later.result(healKind, { imagesDir: second })
    expect(distinct(await groupsOf(atOnce))).toBe(16)
    const partition = async (project: Project) => {
      const groups = await groupsOf(project)
      return [...Map.groupBy(groups.keys(), (id) => groups.get(id)).values()].map((ids) => ids.join()).sort()
    }
    expect(await partition(later)).toEqual(await partition(atOnce))
    await atOnce.close()
    await later.close()
  })

  test('a pair that so comes into a group of another fold is stale', () => {
    using project = new MemoryProject()
    const { db } = project
    const added = addPairs(db, [
      newPair(1, { images: [{ hash: image(1), reference: '0.png' }] }),
      newPair(2, { images: [image(2)] }),
      newPair(3, { images: [{ missing: '0.png', reason: 'gone' }] }),
    ])
    db.exec(`INSERT INTO scans (id, proxy, seed, folds, dir, finished_at, created_at) VALUES (1, 'lexical', 0, 5, 'x', 'now', 'now');
      INSERT INTO text_scores (scan_id, pair_id, fold, margin, loss, text_hash, scored_at) SELECT 1, pair_id, pair_id % 2, 1.5, 0.2, text_hash, 'now' FROM pair_state`)
    refreshAudit(db)
    const groups = () => db.prepare('SELECT group_id FROM pair_state ORDER BY pair_id').pluck().all() as string[]
    expect(groups()[2]).toBe(groups()[0])
    missing.heal(db, '0.png', { hash: image(2), mime: 'image/png', width: 8, height: 8, bytes: 9 }, 10)
    assignGroups(db)
    expect(groups()[2]).toBe(groups()[1])
    expect(groups()[2]).not.toBe(groups()[0])
    expect(added.map((id) => db.prepare('SELECT stale FROM pair_state WHERE pair_id = ?').pluck().get(id))).toEqual([0, 1, 1])
  })
})

describe('a name', () => {
  const groupOf = (db: MemoryProject['db']) => db.prepare('SELECT group_id FROM pair_state ORDER BY pair_id').pluck().all() as string[]
  const lacks = (name: string): NewImage => ({ missing: name, reason: 'gone' })

  test('of two sources names two images, until their content is the same', () => {
    using project = new MemoryProject()
    const { db } = project
    addPairs(db, [newPair(1, { images: [lacks('0.png')] })], 'a')
    addPairs(db, [newPair(2, { images: [lacks('0.png')] })], 'b')
    addPairs(db, [newPair(3, { images: [lacks('https://example.org/0.png')] })], 'a')
    addPairs(db, [newPair(4, { images: [lacks('https://example.org/0.png')] })], 'b')
    const [a, b, c, d] = groupOf(db)
    expect(a).not.toBe(b)
    expect(c).toBe(d)
    missing.heal(db, '0.png', { hash: image(7), mime: 'image/png', width: 4, height: 4, bytes: 9 }, 10)
    assignGroups(db)
    expect(new Set(groupOf(db).slice(0, 2)).size).toBe(1)
  })

  test('that has another content in another folder says nothing: the contents group', () => {
    using project = new MemoryProject()
    const { db } = project
    addPairs(db, [
      newPair(1, { images: [{ hash: image(1), reference: '0.png' }] }),
      newPair(2, { images: [{ hash: image(2), reference: '0.png' }] }),
      newPair(3, { images: [{ hash: image(2), reference: '0.png' }] }),
    ])
    assignGroups(db)
    const [a, b, c] = groupOf(db)
    expect(a).not.toBe(b)
    expect(b).toBe(c)
  })

  test('the same pairs are together whatever the order in which they come, as connected components say', () => {
    const shown = fc.oneof(
      fc.integer({ min: 1, max: 4 }).map((n): NewImage => image(n)),
      fc.integer({ min: 1, max: 6 }).map((n): NewImage => ({ hash: image(n), reference: `${n % 2 ? n : `copy-${n}`}.png` })),
      fc.integer({ min: 1, max: 6 }).map((n): NewImage => lacks(`${n % 2 ? n : `copy-${n}`}.png`)),
    )
    fc.assert(
      fc.property(fc.array(fc.array(shown, { minLength: 1, maxLength: 2 }), { minLength: 1, maxLength: 9 }), (lists) => {
        const rows = lists.map((images, i) => newPair(i + 1, { images }))
        const name = (n: string) => `name ${n}`
        const members: GroupMember[] = lists.map((images, i) => ({
          id: i + 1,
          keys: images.flatMap((one) =>
            typeof one === 'string' ? [one] : 'missing' in one ? [name(one.missing)] : [name(one.reference), one.hash],
          ),
        }))
        const wanted = groupPairs(members)
        const partition = (order: typeof rows, steps: number) => {
          using project = new MemoryProject()
          for (const row of order) {
            addPairs(project.db, [row])
            if (row.row % steps === 0) while (assignGroups(project.db, 1).next !== null);
          }
          while (assignGroups(project.db, 2).next !== null);
          return project.db
            .prepare('SELECT p.row, s.group_id AS name FROM pair_state s JOIN pairs p ON p.id = s.pair_id ORDER BY p.row')
            .all() as { row: number; name: string }[]
        }
        const [forward, backward] = [partition(rows, 2), partition([...rows].reverse(), 3)]
        expect(backward).toEqual(forward)
        for (const a of forward) for (const b of forward) expect(a.name === b.name).toBe(wanted.get(a.row) === wanted.get(b.row))
      }),
      { numRuns: 150 },
    )
  })
})

test('a project whose incomplete pairs were grouped by prompt is grouped by what they name when it is opened, and their scores are stale', () => {
  using scratch = new Scratch()
  mkdirSync(scratch.project)
  const db = new Sqlite(path.join(scratch.project, 'project.db'))
  initialise(db, migrations.slice(0, 10))
  db.exec("INSERT INTO meta (key, value) VALUES ('project_id', 'x'), ('created_at', 'now')")
  db.exec(`INSERT INTO sources (id, name, created_at) VALUES (1, 's', 'now');
    INSERT INTO imports (id, source_id, split, file, format, images_dir, finished, created_at) VALUES (1, 1, '', '/x.jsonl', 'mm-rm', '/x', 1, 'now');
    INSERT INTO scans (id, proxy, seed, folds, dir, finished_at, created_at) VALUES (1, 'lexical', 0, 5, 'x', 'now', 'now');
    INSERT INTO media (hash, mime, width, height, bytes, group_id) VALUES ('${image(1)}', 'image/png', 4, 4, 9, NULL), ('${image(2)}', 'image/png', 4, 4, 9, '${image(1)}')`)
  for (let id = 1; id <= 6; id++) {
    const { uid, textHash, prompt, chosen, rejected } = newPair(id)
    db.prepare(
      "INSERT INTO pairs (id, uid, source_id, prompt, chosen, rejected, text_hash, import_id, row, created_at) VALUES (?, ?, 1, ?, ?, ?, ?, 1, ?, 'now')",
    ).run(id, uid, prompt, chosen, rejected, textHash, id)
    const lacking = id <= 4 ? 1 : 0
    db.prepare('INSERT INTO pair_state (pair_id, source_id, split, text_hash, group_id, missing_images) VALUES (?, 1, ?, ?, ?, ?)').run(
      id,
      '',
      textHash,
      lacking ? `prompt ${id}` : image(1),
      lacking,
    )
    if (lacking) db.prepare("INSERT INTO missing_images VALUES (?, 0, ?, 'gone')").run(id, id <= 3 ? 'same.png' : 'other.png')
    else db.prepare('INSERT INTO pair_images VALUES (?, 0, ?)').run(id, image(id - 4))
    db.prepare(
      "INSERT INTO text_scores (scan_id, pair_id, fold, margin, loss, text_hash, scored_at) VALUES (1, ?, ?, 1.5, 0.2, ?, 'now')",
    ).run(id, id <= 4 ? id % 3 : 1, textHash)
  }
  db.exec(
    "UPDATE pair_state SET scan_id = 1, text_margin = 1.5, text_loss = 0.2, quadrant = 'text-right', fold = (SELECT fold FROM text_scores t WHERE t.pair_id = pair_state.pair_id)",
  )
  db.close()
  const opened = openProject(scratch.project)
  const rows = opened.db.prepare('SELECT group_id AS name, stale FROM pair_state ORDER BY pair_id').all() as {
    name: string
    stale: number
  }[]
  opened.close()
  expect(new Set(rows.slice(0, 3).map(({ name }) => name)).size).toBe(1)
  expect(rows[3]?.name).not.toBe(rows[0]?.name)
  expect(rows.slice(4).map(({ name }) => name)).toEqual([image(1), image(1)])
  expect(rows.map(({ stale }) => stale)).toEqual([1, 1, 1, 0, 0, 0])
})
