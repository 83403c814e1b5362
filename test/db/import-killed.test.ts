import Sqlite from 'better-sqlite3'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { statSync } from 'node:fs'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import { random } from '../../src/core/random.ts'
import { importKind } from '../../src/jobs/kinds/import.ts'
import { contents, Project, removeTemporary, temporary, writeFile, writeImages } from './importing.ts'

afterAll(removeTemporary)

const KILLS = 50
const IMAGES = 60
const ROWS = 600

/** Two files with bad rows, repeated rows and ids, shared, joining and missing images, pairs that repeat one another. */
async function twoFiles() {
  const imagesDir = await writeImages(temporary(), IMAGES, 32)
  const line = (file: number, i: number) => {
    if (i % 97 === 5) return '{"prompt": '
    const of = i % 101 === 7 ? i - 1 : i
    const image = of % 3 === 2 ? null : of % 89 === 3 ? 'nowhere.png' : `${(of * 7 + file) % IMAGES}.png`
    const images = image === null ? [] : of % 50 === 1 ? [image, `${(of * 11) % IMAGES}.png`] : [image]
    const id = i % 211 === 9 ? `${of - 2}` : `${of}`
    return JSON.stringify({
      id,
      prompt: `question ${of % 50}`,
      images,
      chosen: `answer ${of % 400}`,
      rejected: of % 83 === 4 ? `answer ${of % 400}` : 'no',
    })
  }
  const files = [0, 1].map((file) => {
    const written = writeFile(imagesDir, `${file}.jsonl`, Array.from({ length: ROWS }, (_, i) => line(file, i)).join('\n'))
    return { file: written, split: file === 0 ? 'train' : 'test', bytes: statSync(written).size, container: 'json-lines' as const }
  })
  return { file: imagesDir, files, source: 's', split: '', format: 'trl' as const, imagesDir }
}

/** What an import leaves beside pairs and quarantine: what was passed over, what repeats, what a search finds, kept counts. */
function rest(folder: string) {
  const db = new Sqlite(path.join(folder, 'project.db'), { readonly: true })
  try {
    const all = (sql: string) => db.prepare(sql).raw().all()
    return {
      skips: all(
        'SELECT i.file, k.row, k.part, p.row FROM import_skips k JOIN imports i ON i.id = k.import_id JOIN pairs p ON p.id = k.pair_id ORDER BY 1, 2, 3',
      ),
      remarks: all(
        'SELECT i.file, r.code, r.field, r.records, r.first_row FROM import_remarks r JOIN imports i ON i.id = r.import_id ORDER BY 1, 2, 3',
      ),
      ids: all('SELECT split, row, external_id, metadata FROM pairs ORDER BY 1, 2'),
      missing: all(
        'SELECT p.row, p.split, m.position, m.reference, m.reason FROM missing_images m JOIN pairs p ON p.id = m.pair_id ORDER BY 1, 2, 3',
      ),
      duplicates: all('SELECT d.kind, d.set_id, p.split, p.row FROM duplicates d JOIN pairs p ON p.id = d.pair_id ORDER BY 1, 2, 3, 4'),
      counts: all('SELECT split, status, quadrant, stale, incomplete, pairs FROM pair_counts ORDER BY 1, 2, 3, 4, 5'),
      searched: ['answer', '"answer 7"', 'question AND 13', 'no'].map((match) =>
        db
          .prepare('SELECT p.split, p.row FROM pairs_fts f JOIN pairs p ON p.id = f.rowid WHERE pairs_fts MATCH ? ORDER BY 1, 2')
          .raw()
          .all(match),
      ),
      indexed: all('SELECT indexed_to - (SELECT max(id) FROM pairs) FROM search_state'),
      integrity: all('PRAGMA integrity_check'),
    }
  } finally {
    db.close()
  }
}

type Attempt = { said: string[]; phase: string }

/**
 * Runs the import in a process and kills it `after` milliseconds from when it has begun; null lets it end. Gives what the
 * process told and the phase that it was in last.
 */
async function attempt(folder: string, input: object, after: number | null): Promise<Attempt> {
  const child = spawn(process.execPath, [fileURLToPath(new URL('import-process.ts', import.meta.url)), folder, JSON.stringify(input)], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const said: string[] = []
  let timer: NodeJS.Timeout | undefined
  const lines = createInterface(child.stderr).on('line', (line) => {
    said.push(line)
    if (after !== null && said.length === 1) timer = setTimeout(() => child.kill('SIGKILL'), after)
  })
  await Promise.all([once(child, 'exit'), once(lines, 'close')])
  clearTimeout(timer)
  return { said, phase: said.at(-1) ?? '' }
}

test('an import that is killed at 50 moments, and resumed, leaves what an undisturbed one leaves', async () => {
  const input = await twoFiles()
  const whole = path.join(temporary(), 'whole.blindfold')
  const undisturbed = await attempt(whole, input, null)
  expect(undisturbed.said.at(-1)).toBe('done')
  const expected = [contents(whole), rest(whole)]
  const { imports, pairs, quarantine } = contents(whole)
  expect(imports).toHaveLength(2)
  for (const [key, least] of [
    ['imported', 600],
    ['skipped', 5],
    ['quarantined', 15],
  ] as const) {
    expect(
      imports.reduce((sum, row) => sum + row[key], 0),
      key,
    ).toBeGreaterThan(least)
  }
  expect(new Set(quarantine.map(({ code }) => code))).toEqual(new Set(['invalid-json', 'same-responses']))
  expect(pairs.every(({ group_id }) => group_id !== null)).toBe(true)
  for (const [name, rows] of Object.entries(rest(whole))) expect(rows.length, name).toBeGreaterThan(0)

  // How long the import itself takes, without the start of its process.
  const warm = await Project.create()
  const workBegan = performance.now()
  await warm.result(importKind, input)
  const span = performance.now() - workBegan
  await warm.close()

  const { next } = random('kill')
  const phases = new Map<string, number>()
  let kills = 0
  let resumed = 0
  while (kills < KILLS) {
    const folder = path.join(temporary(), 'killed.blindfold')
    // Killed again and again, a little further each time, until it is through or has been killed often enough.
    for (;;) {
      const { said, phase } = await attempt(folder, input, kills < KILLS ? span * (0.05 + 0.6 * next()) : null)
      if (said[0] === 'resumed') resumed++
      if (said.at(-1) === 'done') break
      kills++
      phases.set(phase, (phases.get(phase) ?? 0) + 1)
      for (const { imported, skipped, quarantined, pairs } of contents(folder).imports) expect(imported + skipped + quarantined).toBe(pairs)
    }
    expect([contents(folder), rest(folder)]).toEqual(expected)
  }
  // It was in fact stopped on the way, in more than one phase.
  expect(kills).toBeGreaterThanOrEqual(KILLS)
  expect(resumed).toBeGreaterThan(KILLS / 2)
  // Which of the short phases is met hangs on the machine; all that were met counted above.
  expect(phases.has('Importing')).toBe(true)
  expect(phases.size).toBeGreaterThanOrEqual(2)
}, 1_200_000)
