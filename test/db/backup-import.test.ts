import Sqlite from 'better-sqlite3'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import { backupProject } from '../../src/db/backup/project.ts'
import { checkProject, repairProject } from '../../src/db/check/project.ts'
import { openDataset } from '../../src/formats/dataset.ts'
import { imageFile } from '../../src/node/project-folder.ts'
import { healKind } from '../../src/jobs/kinds/heal.ts'
import { contents, Project, removeTemporary, temporary, writeFile, writeImages } from './importing.ts'

afterAll(removeTemporary)

const IMAGES = 300
const ROWS = 6000

async function bigImport() {
  const imagesDir = await writeImages(temporary(), IMAGES)
  const rows = Array.from({ length: ROWS }, (_, i) => ({
    id: i,
    prompt: `question ${i}`,
    img_path: `${i % (IMAGES + 3)}.png`,
    chosen: `answer ${i}`,
    rejected: 'no',
  }))
  const file = writeFile(imagesDir, 'big.jsonl', rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
  return { file, files: await openDataset(file), source: 's', split: 'train', format: 'mm-rm', imagesDir }
}

function imported(folder: string): number {
  const db = new Sqlite(path.join(folder, 'project.db'), { readonly: true })
  try {
    return db.prepare('SELECT count(*) FROM pairs').pluck().get() as number
  } finally {
    db.close()
  }
}

test('a backup taken in the middle of an import is whole, and the import can go on in it', async () => {
  const project = await Project.create()
  await project.close()
  const child = spawn(
    process.execPath,
    [fileURLToPath(new URL('import-process.ts', import.meta.url)), project.folder, JSON.stringify(await bigImport())],
    { stdio: 'ignore' },
  )
  const ended = once(child, 'exit')
  while (child.exitCode === null && imported(project.folder) === 0) await sleep(2)
  const copies: string[] = []
  while (child.exitCode === null) {
    const { out, lost } = await backupProject(project.folder, path.join(path.dirname(project.folder), `copy-${copies.length}`))
    expect(lost).toBe(0)
    copies.push(out)
  }
  await ended
  const total = imported(project.folder)
  expect(total).toBe(ROWS)
  const midway = copies.filter((copy) => imported(copy) < total)
  expect(midway.length).toBeGreaterThan(0)
  // Only what the rest of an import does for the search may be open.
  for (const copy of copies)
    expect(
      checkProject(copy)
        .map(({ code }) => code)
        .filter((code) => code !== 'search-behind'),
      copy,
    ).toEqual([])
  expect(checkProject(project.folder)).toEqual([])

  const [first = ''] = midway
  const goesOn = await Project.open(first)
  const [job] = await goesOn.jobs.list()
  expect(job?.state.status).toBe('interrupted')
  expect((await goesOn.ended((await goesOn.jobs.resume(job!.id)).id)).state.status).toBe('succeeded')
  await goesOn.close()
  expect(checkProject(first)).toEqual([])
  expect({ ...contents(first), files: [] }).toEqual({ ...contents(project.folder), files: [] })

  // An image that is lost is marked by a repair, and comes back from the media folder of the backup.
  const whole = contents(project.folder)
  const lost = whole.pairs.find(({ images }) => images !== null)!.images!
  rmSync(imageFile(project.folder, lost))
  expect(repairProject(project.folder)).toMatchObject({ found: [{ code: 'image-missing', count: 1 }], left: [] })
  const mended = await Project.open(project.folder)
  const lacking = await mended.db.pairs.count({ missingImages: true })
  expect(lacking).toBeGreaterThan(0)
  expect(await mended.result(healKind, { imagesDir: path.join(first, 'media') })).toMatchObject({ found: 1 })
  await mended.close()
  expect({ ...contents(project.folder), media: [] }).toEqual({ ...whole, media: [] })
  expect(checkProject(project.folder)).toEqual([])
}, 300_000)
