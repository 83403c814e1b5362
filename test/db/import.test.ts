import fc from 'fast-check'
import { copyFileSync, rmSync, statSync, utimesSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { DataFile, ImportResult } from '../../src/contract/imports.ts'
import { importFile } from '../../src/jobs/intake/import-file.ts'
import { importKind } from '../../src/jobs/kinds/import.ts'
import { retryKind } from '../../src/jobs/kinds/retry.ts'
import { contents, Project, removeTemporary, temporary, writeFile, writeImages } from './importing.ts'

let folder = ''
beforeAll(async () => {
  folder = await writeImages(temporary(), 5)
  writeFile(folder, 'notes.png', 'root:x:0:0')
  writeFile(folder, 'drawing.png', '<svg xmlns="http://www.w3.org/2000/svg"/>')
  writeFile(folder, 'empty.png', '')
})
afterAll(removeTemporary)

type Told = 'mm-rm' | 'povid' | 'trl'

const input = (file: string, format: Told, more = {}) => {
  const files: DataFile[] = [{ file, split: '', bytes: statSync(file).size, container: 'json-lines' }]
  return { file, files, source: 's', split: '', format, imagesDir: folder, ...more }
}
const counts = (given: Partial<ImportResult>): ImportResult => {
  const zero = { records: 0, pairs: 0, imported: 0, skipped: 0, quarantined: 0, tied: 0, incomplete: 0, images: 0, remarks: [] }
  return { ...zero, ...given, pairs: given.pairs ?? given.records ?? 0 }
}

/** What the tests say of a pair, whatever its format. */
type Spec = { id: string; prompt: string; chosen: string; rejected: string; image: string | null }

const shapes: Record<Told, (pair: Spec) => Record<string, unknown>> = {
  'mm-rm': ({ id, prompt, image, chosen, rejected }) => ({ id, prompt, img_path: image, chosen, rejected }),
  povid: ({ id, prompt, image, chosen, rejected }) => {
    const human = { from: 'human', value: `${image ? '<image>\n' : ''}${prompt}` }
    return {
      id,
      image,
      conversations: [human, { from: 'gpt', value: typeof chosen === 'string' ? ` ${chosen}` : chosen }],
      rejected_conversations: [human, { from: 'gpt', value: rejected }],
    }
  },
  trl: ({ id, prompt, image, chosen, rejected }) => ({ id, prompt, chosen, rejected, images: image ? [image] : [] }),
}

const broken: Record<string, (pair: Spec) => Partial<Spec> | Buffer> = {
  'same-responses': ({ chosen }) => ({ rejected: chosen }),
  'empty-text': () => ({ chosen: ' ' }),
  'unreadable-image': ({ id }) => ({ image: ['notes.png', 'drawing.png', 'empty.png'][Number(id.replace(/\D/g, '')) % 3] }),
  'missing-field': () => ({ rejected: undefined as never, prompt: undefined as never }),
  'wrong-type': () => ({ chosen: 7 as never }),
  'invalid-json': () => Buffer.from('{"prompt": "x", "chosen": }'),
  'invalid-utf8': () => Buffer.concat([Buffer.from('{"prompt": "x'), Buffer.from([0xfe]), Buffer.from('"}')]),
  // Not `[…]`: a file of that one line is an array of records.
  'not-an-object': () => Buffer.from('"two"'),
}
const BREAKS = Object.keys(broken)

test('whatever the mixture: every record is imported, skipped or quarantined with its row and code, and again adds nothing', async () => {
  const row = fc.record({
    kind: fc.oneof(
      { weight: 5, arbitrary: fc.constant('good') },
      { weight: 1, arbitrary: fc.constantFrom('repeated', 'missing-image') },
      { weight: 1, arbitrary: fc.constant('repeated-id') },
      { weight: 4, arbitrary: fc.constantFrom(...BREAKS) },
    ),
    image: fc.option(fc.integer({ min: 0, max: 4 })),
    text: fc.string({ unit: fc.constantFrom('a', '"', '\\', '\n', '😀', 'é', '<image>', ',', '\0', ']'), maxLength: 8 }),
    blank: fc.boolean(),
  })
  const formats = fc.constantFrom<Told>('mm-rm', 'povid', 'trl')
  const project = await Project.create()
  let run = 0
  await fc.assert(
    fc.asyncProperty(
      fc.array(row, { minLength: 1, maxLength: 25 }),
      formats,
      fc.constantFrom('lines', 'array'),
      async (rows, format, container) => {
        const good: { row: number; spec: Spec }[] = []
        const bad: { row: number; code: string }[] = []
        let skipped = 0
        /** Rows that state the id of the first good one. */
        const repeated: number[] = []
        let line = 0
        const parts = rows.map(({ kind, image, text, blank }, i) => {
          line += container === 'lines' && blank ? 2 : 1
          // In a POVID question the mark stands for an image.
          const asked = format === 'povid' ? text.replaceAll('<image>', '') : text
          const spec: Spec = {
            id: `id${i}`,
            prompt: `p${asked}q`,
            chosen: `c${i}${text}.`,
            rejected: `r${text}.`,
            image: image === null ? null : `${image}.png`,
          }
          const shape = (pair: Spec) => Buffer.from(JSON.stringify(shapes[format](pair)))
          let bytes: Buffer
          const first = good[0]
          if (kind === 'repeated' && first) {
            skipped++
            bytes = shape(first.spec)
          } else if (kind === 'repeated-id' && first) {
            spec.id = first.spec.id
            repeated.push(line)
            good.push({ row: line, spec })
            bytes = shape(spec)
          } else if (kind in broken) {
            const change = broken[kind]!(spec)
            // A missing turn of a conversation is a text that is none, and a wrong type there.
            const code = kind === 'missing-field' && format === 'povid' ? 'wrong-type' : kind
            bad.push({ row: line, code })
            bytes = Buffer.isBuffer(change) ? change : shape({ ...spec, ...change })
          } else {
            if (kind === 'missing-image') spec.image = ['nowhere.png', '../../../../../../etc/passwd', '/etc/passwd'][i % 3]!
            good.push({ row: line, spec })
            bytes = shape(spec)
          }
          if (container === 'array') return Buffer.concat([Buffer.from(i === 0 ? '[\n' : ',\n'), bytes])
          return Buffer.concat([Buffer.from(blank ? ' \r\n' : ''), bytes, Buffer.from('\n')])
        })
        const file = writeFile(folder, `mixture.${container}`, Buffer.concat([...parts, Buffer.from(container === 'array' ? ']' : '')]))

        const source = `run ${++run}.`
        const named = good.map(({ spec }) => spec.image).filter((name) => name !== null)
        const images = new Set(named.filter((name) => !/passwd|nowhere/.test(name))).size
        const incomplete = named.filter((name) => /passwd|nowhere/.test(name)).length
        const result = await project.result(importKind, input(file, format, { source }))
        // The first one loses it, too.
        const remarks =
          repeated.length === 0 ? [] : [{ code: 'repeated-id' as const, field: 'id', records: repeated.length + 1, firstRow: repeated[0]! }]
        expect(result).toEqual(
          counts({ records: rows.length, imported: good.length, skipped, quarantined: bad.length, incomplete, images, remarks }),
        )
        const again = await project.result(importKind, input(file, format, { source }))
        expect(again).toEqual(counts({ records: rows.length, skipped: good.length + skipped, quarantined: bad.length }))

        const found = contents(project.folder, source)
        expect(found.quarantine.map(({ row: r, code }) => ({ row: r, code }))).toEqual(bad)
        const trim = (text: string) => (format === 'povid' ? text.trim() : text)
        const strip = (text: string) => (format === 'povid' ? text.replaceAll('<image>', '').trim() : text)
        expect(found.pairs.map(({ row: r, prompt, chosen, rejected }) => ({ row: r, prompt, chosen, rejected }))).toEqual(
          good.map(({ row: r, spec }) => ({
            row: r,
            prompt: strip(spec.prompt),
            chosen: trim(spec.chosen),
            rejected: trim(spec.rejected),
          })),
        )
        for (const { records, imported, skipped: there, quarantined } of found.imports) expect(imported + there + quarantined).toBe(records)
        expect(found.files).toHaveLength(found.media.length)
        for (const pair of found.pairs) expect(pair.group_id).not.toBeNull()
      },
    ),
    { numRuns: 40 },
  )
  await project.close()
})

test('a truncated array keeps what came before and reports the rest', async () => {
  const specs = Array.from({ length: 20 }, (_, i) => ({ id: `${i}`, prompt: 'p', chosen: `c${i}`, rejected: 'r', image: null }))
  const whole = JSON.stringify(specs.map(shapes.povid))
  const file = writeFile(folder, 'truncated.json', whole.slice(0, whole.length - 30))
  const project = await Project.create()
  expect(await project.result(importKind, input(file, 'povid'))).toMatchObject({ records: 20, imported: 19, quarantined: 1 })
  await project.close()
  expect(contents(project.folder).quarantine).toMatchObject([
    { row: 20, field: null, code: 'invalid-json', reason: expect.stringContaining('ends in the middle') },
  ])
})

test('the same content in another source is a pair of its own, the same id in another split too', async () => {
  const spec = { id: '1', prompt: 'p', chosen: 'c', rejected: 'r', image: '0.png' }
  const one = writeFile(folder, 'one.jsonl', JSON.stringify(shapes['mm-rm'](spec)))
  const other = writeFile(folder, 'other.jsonl', JSON.stringify(shapes['mm-rm']({ ...spec, chosen: 'd' })))
  const project = await Project.create()
  expect(await project.result(importKind, input(one, 'mm-rm'))).toMatchObject({ imported: 1, images: 1 })
  expect(await project.result(importKind, input(one, 'mm-rm', { source: 't' }))).toMatchObject({ imported: 1 })
  expect(await project.result(importKind, input(other, 'mm-rm'))).toMatchObject({
    imported: 1,
    quarantined: 0,
    remarks: [{ code: 'repeated-id', records: 2 }],
  })
  expect(await project.result(importKind, input(other, 'mm-rm', { split: 'test' }))).toMatchObject({ imported: 1 })
  await project.close()
  const { pairs, files } = contents(project.folder)
  expect(files).toHaveLength(1)
  expect(new Set(pairs.map(({ group_id }) => group_id)).size).toBe(1)
})

describe('trying the quarantine again', () => {
  test('rows that are mended, or whose images have come, get in and leave it; the others stay', async () => {
    const specs: Spec[] = [0, 1, 2, 3].map((i) => ({ id: `${i}`, prompt: 'p', chosen: `c${i}`, rejected: 'r', image: `late-${i}.png` }))
    for (const i of [0, 1, 2, 3]) writeFile(folder, `late-${i}.png`, 'not a picture yet')
    specs[2]!.rejected = 'c2'
    const lines = (all: Spec[]) => all.map((spec) => JSON.stringify(shapes['mm-rm'](spec))).join('\n')
    const file = writeFile(folder, 'late.jsonl', lines(specs))
    const project = await Project.create()
    expect(await project.result(importKind, input(file, 'mm-rm'))).toEqual(counts({ records: 4, quarantined: 4 }))

    // Good images lie elsewhere, but not all; and someone mends a row.
    const elsewhere = temporary()
    for (const i of [0, 2]) copyFileSync(path.join(folder, `${i}.png`), path.join(elsewhere, `late-${i}.png`))
    copyFileSync(path.join(folder, 'notes.png'), path.join(elsewhere, 'late-3.png'))
    expect(await project.result(retryKind, { imagesDir: elsewhere })).toEqual(
      counts({ records: 4, imported: 1, quarantined: 3, images: 1 }),
    )
    specs[2]!.rejected = 'r2'
    const said = async () => (await project.jobs.log((await project.jobs.list())[0]!.id, 10)).join('\n')
    expect(await said()).not.toContain('has changed')
    writeFile(folder, 'late.jsonl', lines(specs))
    expect(await project.result(retryKind, { imagesDir: elsewhere })).toEqual(
      counts({ records: 3, imported: 1, quarantined: 2, images: 1 }),
    )
    expect(await said()).toContain(`${file} has changed since it was imported`)
    rmSync(file)
    expect(await project.result(retryKind, { imagesDir: elsewhere })).toEqual(counts({ records: 2, quarantined: 2 }))
    expect(await said()).toContain('2 records stay in quarantine')
    await project.close()

    const found = contents(project.folder)
    expect(found.pairs.map(({ row }) => row)).toEqual([1, 3])
    expect(found.quarantine).toMatchObject([
      { row: 2, code: 'unreadable-image' },
      { row: 4, code: 'unreadable-image', field: 'img_path' },
    ])
    expect(found.imports).toMatchObject([{ records: 4, pairs: 4, imported: 2, skipped: 0, quarantined: 2, finished: 1 }])
  })

  test('a row that passes when its file is imported again leaves the quarantine as well', async () => {
    const spec = { id: '1', prompt: 'p', chosen: 'c', rejected: 'c', image: null }
    const file = writeFile(folder, 'mended.jsonl', JSON.stringify(shapes['mm-rm'](spec)))
    const project = await Project.create()
    await project.result(importKind, input(file, 'mm-rm'))
    writeFile(folder, 'mended.jsonl', JSON.stringify(shapes['mm-rm']({ ...spec, rejected: 'r' })))
    expect(await project.result(importKind, input(file, 'mm-rm'))).toMatchObject({ imported: 1, quarantined: 0 })
    expect(await project.db.quarantine.list({ after: 0, limit: 10 })).toMatchObject({ total: 0, rows: [] })
    await project.close()
  })
})

describe('stopping', () => {
  /** Enough work to be stopped in the middle of: every image is another one and must be decoded. */
  async function slow() {
    const images = await writeImages(temporary(), 900, 64)
    // More pairs without images than a transaction has, so that something is committed before the slow ones come.
    const lines = Array.from({ length: 6900 }, (_, i) =>
      JSON.stringify(
        shapes['mm-rm']({
          id: `${i}`,
          prompt: `p${i % 7}`,
          chosen: i % 9 === 0 ? 'r' : `c${i}`,
          rejected: 'r',
          image: i < 6000 ? null : `${i - 6000}.png`,
        }),
      ),
    )
    return { ...input(writeFile(images, 'slow.jsonl', lines.join('\n')), 'mm-rm'), imagesDir: images }
  }

  test('a cancelled import ends before its slow part is done, keeps what it committed, and goes on to the same result', async () => {
    const request = await slow()
    const whole = await Project.create()
    const expected = await whole.result(importKind, request)
    await whole.close()

    const project = await Project.create()
    const { id } = await project.jobs.start(importKind, request)
    while ((await project.db.projects.info()).pairs === 0) await new Promise((resolve) => setTimeout(resolve, 2))
    await project.jobs.cancel(id)
    expect((await project.ended(id)).state.status).toBe('cancelled')
    expect((await project.db.projects.info()).pairs).toBeLessThan(expected['imported'] as number)

    await project.jobs.resume(id)
    const { state } = await project.ended(id)
    expect(state).toMatchObject({ status: 'succeeded', result: expected })
    await project.close()
    expect(contents(project.folder)).toEqual(contents(whole.folder))
  })

  test('an import that goes on refuses a file that has changed in the meantime', async () => {
    const request = await slow()
    const project = await Project.create()
    const { id } = await project.jobs.start(importKind, request)
    for (;;) {
      const { state } = await project.jobs.get(id)
      if ('progress' in state && (state.progress?.done ?? 0) > 0.2 * statSync(request.file).size) break
      await new Promise((resolve) => setTimeout(resolve, 2))
    }
    await project.jobs.cancel(id)
    expect((await project.ended(id)).state.status).toBe('cancelled')
    utimesSync(request.file, new Date(), new Date(2020, 1, 1))
    await project.jobs.resume(id)
    const { state } = await project.ended(id)
    expect(state).toMatchObject({ status: 'failed', error: { code: 'JOB_STATE', file: request.file } })
    await project.close()
  })

  test('progress counts bytes up to the size of the file', async () => {
    const lines = Array.from({ length: 500 }, (_, i) =>
      JSON.stringify(shapes['mm-rm']({ id: `${i}`, prompt: 'é', chosen: `c${i}`, rejected: 'r', image: null })),
    )
    const file = writeFile(folder, 'progress.jsonl', `\uFEFF${lines.join('\n\n')}\n`)
    const project = await Project.create()
    const told: number[] = []
    const { db } = project
    const at = { path: project.folder }
    const signal = new AbortController().signal
    const { id: jobId } = await project.run(importKind, { ...input(file, 'mm-rm'), source: 'other' })
    const context = { jobId, db, project: at, signal, progress: () => {}, log: () => {} }
    await importFile(
      context,
      { ...input(file, 'mm-rm'), fileSplit: '', map: null, convention: null, encoding: null, fetchHosts: [] },
      (bytes) => told.push(bytes),
    )
    await project.close()
    const { size } = statSync(file)
    expect(told.length).toBeGreaterThan(5)
    expect(told).toEqual([...told].sort((a, b) => a - b))
    expect(told.at(-1)).toBe(size)
    // Each stands behind a record: its line, the blank one and the mark at the beginning of the file are counted.
    const ends = lines.reduce<number[]>((all, line) => [...all, (all.at(-1) ?? 1) + Buffer.byteLength(line) + 2], [])
    for (const bytes of told.slice(0, -1)) expect(ends).toContain(bytes - 1)
  })
})
