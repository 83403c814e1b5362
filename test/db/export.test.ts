import fc from 'fast-check'
import { readdirSync, readFileSync, renameSync } from 'node:fs'
import path from 'node:path'
import { afterAll, expect, test } from 'vitest'
import type { Job } from '../../src/contract/jobs.ts'
import { exportKind } from '../../src/jobs/kinds/export.ts'
import { importKind } from '../../src/jobs/kinds/import.ts'
import { contents, Project, removeTemporary, temporary, writeFile, writeImages } from './importing.ts'

afterAll(removeTemporary)

const lines = (file: string) =>
  readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
const errorOf = ({ state }: Job) => (state.status === 'failed' ? state.error : state)

/** A project with four pairs `0` .. `3` on two images, in two sources. */
async function fourPairs() {
  const imagesDir = await writeImages(temporary(), 2)
  const project = await Project.create()
  for (const source of ['s', 't']) {
    const rows = (source === 's' ? [0, 1] : [2, 3]).map((id) => ({ id, prompt: `p${id}`, img_path: `${id % 2}.png`, chosen: 'c', rejected: 'r' }))
    const file = writeFile(imagesDir, `${source}.jsonl`, rows.map((row) => JSON.stringify(row)).join('\n'))
    await project.result(importKind, { file, source, split: 'train', format: 'mm-rm', imagesDir })
  }
  return { project, out: path.join(imagesDir, 'out.jsonl') }
}

test('what is exported and imported elsewhere is the same: texts to the letter, ids, images', async () => {
  const imagesDir = await writeImages(temporary(), 6)
  const text = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: fc.constantFrom('"', '\\', '\n', '\r', '\u2028', '\0', '\uFEFF', '<image>', '😀', ' ', 'data:image/png,') }))
  const rows = fc.uniqueArray(
    fc.record({ prompt: text, chosen: text, rejected: text, images: fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 3 }), id: fc.option(fc.uuid()) }),
    { maxLength: 60, selector: ({ id, prompt }) => id ?? prompt },
  )
  const one = await Project.create()
  const two = await Project.create()
  let run = 0
  await fc.assert(
    fc.asyncProperty(rows, async (records) => {
      const source = `run ${++run}.`
      const request = { source, split: '', format: 'trl' as const }
      const file = writeFile(imagesDir, 'in.jsonl', records.map(({ images, ...row }) => JSON.stringify({ ...row, images: images.map((i) => `${i}.png`) })).join('\n'))
      const { imported, images } = await one.result(importKind, { ...request, file, imagesDir })
      const folder = temporary()
      const out = path.join(folder, 'pairs.of.mine.jsonl')
      const job = await one.run(exportKind, { out, filter: { sources: [source] } })
      if (imported === 0) {
        expect(errorOf(job)).toMatchObject({ code: 'NO_DATA' })
        return
      }
      expect(job.state).toMatchObject({ status: 'succeeded', result: { pairs: imported, images, out } })
      // The export is a folder's worth of files that can be moved.
      const elsewhere = temporary()
      for (const name of readdirSync(folder)) renameSync(path.join(folder, name), path.join(elsewhere, name))
      const back = await two.result(importKind, { ...request, file: path.join(elsewhere, 'pairs.of.mine.jsonl'), imagesDir: elsewhere })
      expect(back).toMatchObject({ imported, skipped: 0, quarantined: 0, images })
      // Rows shift where bad ones were left out, and the export's own columns are metadata there. A group can only have
      // grown by pairs of other runs that share an image; both projects hold the same ones.
      const same = (project: Project) => contents(project.folder, source).pairs.map((pair) => ({ ...pair, row: 0, metadata: '' }))
      expect(same(two)).toEqual(same(one))
    }),
    { numRuns: 8 },
  )
  await Promise.all([one.close(), two.close()])
})

test('the pairs as they stand now, without tied and discarded ones unless they are asked for', async () => {
  const { project, out } = await fourPairs()
  await project.db.annotations.annotate({ pairId: 1, action: 'flip', blind: false }, 'me')
  await project.db.annotations.annotate({ pairId: 2, action: 'tie', blind: false }, 'me')
  await project.db.annotations.annotate({ pairId: 3, action: 'discard', blind: false }, 'me')
  const ids = async (input: object) => {
    await project.result(exportKind, { out, ...input })
    return lines(out).map(({ id }) => id)
  }
  expect(await ids({})).toEqual(['0', '3'])
  expect(lines(out)[0]).toEqual({
    id: '0',
    prompt: 'p0',
    chosen: 'r',
    rejected: 'c',
    images: [expect.stringMatching(/^out_images\/[0-9a-f]{64}\.png$/)],
    source: 's',
    split: 'train',
    sfc: null,
    sfc_kind: null,
    quadrant: null,
    status: 'flipped',
  })
  expect(await ids({ includeExcluded: true })).toEqual(['0', '1', '2', '3'])
  expect(await ids({ filter: { sources: ['t'] } })).toEqual(['3'])
  expect(await ids({ filter: { statuses: ['tied', 'flipped'] } })).toEqual(['0'])
  expect(errorOf(await project.run(exportKind, { out, filter: { statuses: ['tied'] } }))).toMatchObject({ code: 'NO_DATA' })
  expect(await ids({ filter: { statuses: ['tied'] }, includeExcluded: true })).toEqual(['1'])
  await project.close()
})

test('a place that cannot be written to is said, and leaves nothing half written', async () => {
  const { project, out } = await fourPairs()
  const folder = path.dirname(out)
  const before = readdirSync(folder)
  expect(errorOf(await project.run(exportKind, { out: folder }))).toMatchObject({ code: 'FILE_NOT_WRITABLE', file: folder })
  expect(errorOf(await project.run(exportKind, { out: path.join(folder, 's.jsonl', 'out.jsonl') }))).toMatchObject({ code: 'FILE_NOT_WRITABLE' })
  expect(readdirSync(folder)).toEqual(before)
  await project.close()
})
