import Sqlite from 'better-sqlite3'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import { random } from '../../src/core/random.ts'
import { importKind } from '../../src/jobs/kinds/import.ts'
import { contents, Project, removeTemporary, temporary, writeFile, writeImages } from './importing.ts'

afterAll(removeTemporary)

const IMAGES = 800
const ROWS = 3000

/** A file with bad rows, repeated rows, shared images and text-only pairs. */
async function bigImport() {
  const imagesDir = await writeImages(temporary(), IMAGES, 32)
  const lines = Array.from({ length: ROWS }, (_, i) => {
    if (i % 97 === 5) return '{"prompt": '
    const of = i % 101 === 7 ? i - 1 : i
    const image = of % 13 === 2 ? null : of % 89 === 3 ? 'nowhere.png' : `${(of * 7) % IMAGES}.png`
    return JSON.stringify({ id: of, prompt: `question ${of % 50}`, img_path: image, chosen: `answer ${of}`, rejected: of % 83 === 4 ? `answer ${of}` : 'no' })
  })
  return { file: writeFile(imagesDir, 'big.jsonl', lines.join('\n')), source: 's', split: 'train', format: 'mm-rm' as const, imagesDir }
}

/** Records that the import has committed until now. */
function committed(folder: string): number {
  const db = new Sqlite(path.join(folder, 'project.db'), { readonly: true })
  try {
    return (db.prepare('SELECT records FROM imports').get() as { records: number } | undefined)?.records ?? 0
  } finally {
    db.close()
  }
}

/**
 * Runs the import in a process and kills it `after` milliseconds past the first batch that it commits; null lets it end.
 * Says what the process told.
 */
async function attempt(folder: string, input: object, after: number | null): Promise<string[]> {
  const child = spawn(process.execPath, [fileURLToPath(new URL('import-process.ts', import.meta.url)), folder, JSON.stringify(input)], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const said: string[] = []
  const lines = createInterface(child.stderr).on('line', (line) => said.push(line))
  const ended = Promise.all([once(child, 'exit'), once(lines, 'close')])
  if (after !== null) {
    const before = committed(folder)
    while (child.exitCode === null && committed(folder) === before) await sleep(3)
    await sleep(after)
    child.kill('SIGKILL')
  }
  await ended
  return said
}

test('an import that is killed again and again, and resumed, leaves what an undisturbed one leaves', async () => {
  const input = await bigImport()
  const whole = await Project.create()
  const expected = await whole.result(importKind, input)
  await whole.close()
  expect(expected).toMatchObject({ records: ROWS })
  for (const key of ['imported', 'skipped', 'quarantined', 'images']) expect(expected[key]).toBeGreaterThan(0)

  const killed = await Project.create()
  await killed.close()
  const { next } = random('kill')
  const records: number[] = []
  let said: string[] = []
  for (let attempts = 0; !said.includes('done'); attempts++) {
    said = await attempt(killed.folder, input, attempts < 3 ? 150 * next() : null)
    expect(said[0]).toBe(attempts === 0 ? 'started' : 'resumed')
    const [state] = contents(killed.folder).imports
    if (!state) throw new Error('nothing was begun')
    expect(state.imported + state.skipped + state.quarantined).toBe(state.records)
    records.push(state.records)
  }
  // It was in fact stopped on the way, and never went back.
  expect(records.filter((count) => count > 0 && count < ROWS).length).toBeGreaterThanOrEqual(1)
  expect(records).toEqual(records.toSorted((a, b) => a - b))
  expect(contents(killed.folder)).toEqual(contents(whole.folder))
}, 180_000)
