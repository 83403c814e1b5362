import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { exportFormat, type ExportPlan } from '../../src/contract/exports.ts'
import { obstacleOf } from '../../src/formats/writers/folder.ts'
import { writerOf } from '../../src/formats/writers/index.ts'
import { survey } from '../../src/jobs/export/survey.ts'
import { exportKind } from '../../src/jobs/kinds/export.ts'
import { addPairs, errorOf, filesOf, fillMixed, lines, picture } from './exporting.ts'
import { Project, removeTemporary, temporary } from './importing.ts'

const opened: Project[] = []
const project = async () => {
  const made = await Project.create()
  opened.push(made)
  return made
}
afterEach(() => Promise.all(opened.splice(0).map((each) => each.close())))
afterAll(removeTemporary)

const sha256 = (file: string) => createHash('sha256').update(readFileSync(file)).digest('hex')
const manifestOf = (out: string) =>
  JSON.parse(readFileSync(path.join(out, 'manifest.json'), 'utf8')) as {
    pairs: number
    images: number
    splits: ExportPlan['splits'][number][]
    lost: ExportPlan['lost']
    files: { path: string; bytes: number; sha256: string }[]
  }

const mixed = async () => fillMixed(await project())

describe.each(exportFormat.options)('%s', (format) => {
  test('the plan says what the export then is: pairs, splits, files, images, what is lost', async () => {
    const made = await mixed()
    const out = path.join(temporary(), 'out')
    const input = { format, out, includeExcluded: true }
    const planned = await survey(made.db, {
      ...input,
      filter: {},
      label: 'current',
      images: undefined,
      columns: true,
      csvFormulas: 'guard',
      resplit: null,
    })
    const result = await made.result(exportKind, input)
    expect(result).toEqual({ pairs: planned.pairs, images: planned.images.size, out })
    const manifest = manifestOf(out)
    expect(manifest.lost).toEqual(planned.lost)
    const writer = writerOf(format)
    expect(manifest.splits).toEqual(planned.splits.map(({ split, pairs }) => ({ split, pairs, file: writer.file(split) })))
    expect(planned.splits.map(({ split }) => split)).toEqual(['train', 'my_test_1'])
    expect(planned.leftOut + planned.pairs).toBe(10)
    // The manifest names every file but itself, as it is.
    expect(filesOf(out)).toEqual([...manifest.files.map((file) => file.path), 'manifest.json'].sort())
    for (const file of manifest.files) {
      expect(sha256(path.join(out, file.path))).toBe(file.sha256)
      expect(readFileSync(path.join(out, file.path))).toHaveLength(file.bytes)
    }
  })
})

test('what each format loses of the mixed project', async () => {
  const made = await mixed()
  const out = path.join(temporary(), 'out')
  const lost = async (format: (typeof exportFormat.options)[number]) => {
    const found = await survey(made.db, {
      format,
      out,
      filter: {},
      label: 'current',
      includeExcluded: true,
      images: undefined,
      columns: true,
      csvFormulas: 'guard',
      resplit: null,
    })
    const sums: { [field: string]: number } = {}
    for (const { field, pairs } of found.lost) sums[field] = (sums[field] ?? 0) + pairs
    return sums
  }
  const common = { metadata: 1, tags: 1, review: 1, 'missing images': 1, split: 2, source: 10, id: 1 }
  expect(await lost('trl')).toEqual(common)
  expect(await lost('trl-parquet')).toEqual(common)
  expect(await lost('ms-swift')).toEqual({ ...common, 'left out': 1, tags: undefined, messages: 1, source: 9 })
  expect(await lost('llama-factory')).toEqual({ ...common, 'left out': 1, tags: undefined, messages: 1, source: 9 })
  expect(await lost('povid')).toEqual({ ...common, 'left out': 3, tags: undefined, messages: 1, source: 7 })
  expect(await lost('mm-rm')).toEqual({ ...common, messages: 2 })
  expect(await lost('csv')).toEqual({ ...common, messages: 2, pair: 1 })
  expect(await lost('blindfold')).toEqual({})
})

test('CSV: cells that a spreadsheet may run are guarded, counted by column, and read back as they were', async () => {
  const made = await project()
  const texts = { prompt: '=HYPERLINK("http://evil.example")', chosen: '- one\n- two', rejected: 'plain' }
  await addPairs(
    made,
    [
      { externalId: '+1', ...texts },
      { externalId: 'b', prompt: 'p', chosen: "'=quoted", rejected: '@x' },
    ],
    '-source',
  )
  const out = path.join(temporary(), 'out')
  const planned = await survey(made.db, {
    format: 'csv',
    out,
    filter: {},
    label: 'current',
    includeExcluded: true,
    images: undefined,
    columns: true,
    csvFormulas: 'guard',
    resplit: null,
  })
  const cells = planned.lost.filter(({ field }) => field === 'formulas').map(({ why, pairs }) => [/Cells of (\w+)/.exec(why)?.[1], pairs])
  expect(Object.fromEntries(cells)).toEqual({ prompt: 1, chosen: 2, rejected: 1, id: 1, source: 2 })
  await made.result(exportKind, { format: 'csv', out })
  const file = readFileSync(path.join(out, 'train.csv'), 'utf8')
  expect(file).toContain(`'+1,"'=HYPERLINK(""http://evil.example"")","'- one\n- two",plain,`)
  expect(file).toContain("b,p,''=quoted,'@x,")
  expect(file.split('\r\n')[0]).toMatch(/,csv_formulas$/)
  expect(readFileSync(path.join(out, 'README.md'), 'utf8')).toContain('begin with an added single quote')

  const kept = path.join(temporary(), 'kept')
  await made.result(exportKind, { format: 'csv', out: kept, csvFormulas: 'keep' })
  const letters = readFileSync(path.join(kept, 'train.csv'), 'utf8')
  expect(letters).toContain(`+1,"=HYPERLINK(""http://evil.example"")","- one\n- two",plain,`)
  expect(letters).not.toContain('csv_formulas')
})

test('records as the formats have them', async () => {
  const made = await project()
  const image = await picture(made, 1)
  await addPairs(made, [{ externalId: 'a', images: [image], tags: ['x'] }])
  await made.db.annotations.annotate({ pairId: 1, action: 'flip', blind: false }, 'me')
  const png = `images/${image.hash}.png`
  const [prompt, chosen, rejected] = ['What is in picture 1?', 'Wrong 1.', 'Right 1.']
  const columns = {
    prior_sfc: null,
    audit_sfc: null,
    weight: 1,
    quadrant: null,
    status: 'flipped',
    annotators: ['me'],
    source: 's',
    tags: ['x'],
  }
  const record = async (format: (typeof exportFormat.options)[number], more = {}) => {
    const out = path.join(temporary(), 'out')
    await made.result(exportKind, { format, out, ...more })
    const [data = ''] = readdirSync(out).filter((name) => name.startsWith('train'))
    const text = readFileSync(path.join(out, data), 'utf8')
    return data.endsWith('.json') ? (JSON.parse(text) as unknown[])[0] : data.endsWith('.csv') ? text : lines(path.join(out, data))[0]
  }
  expect(await record('mm-rm')).toEqual({ id: 'a', prompt, img_path: png, chosen, rejected, ...columns })
  expect(await record('mm-rm', { columns: false, label: 'original' })).toEqual({
    id: 'a',
    prompt,
    img_path: png,
    chosen: rejected,
    rejected: chosen,
  })
  expect(await record('trl', { columns: false })).toEqual({
    id: 'a',
    prompt: [{ role: 'user', content: [{ type: 'image' }, { type: 'text', text: prompt }] }],
    chosen: [{ role: 'assistant', content: [{ type: 'text', text: chosen }] }],
    rejected: [{ role: 'assistant', content: [{ type: 'text', text: rejected }] }],
    images: [png],
  })
  expect(await record('llama-factory', { columns: false })).toEqual({
    id: 'a',
    conversations: [{ from: 'human', value: `<image>${prompt}` }],
    chosen: { from: 'gpt', value: chosen },
    rejected: { from: 'gpt', value: rejected },
    images: [png],
  })
  const swift = {
    id: 'a',
    messages: [
      { role: 'user', content: `<image>${prompt}` },
      { role: 'assistant', content: chosen },
    ],
    rejected_response: rejected,
  }
  expect(await record('ms-swift', { columns: false })).toEqual({ ...swift, images: [png] })
  const embedded = (await record('ms-swift', { columns: false, images: 'embed' })) as { images: string[] }
  expect(embedded.images[0]).toMatch(/^data:image\/png;base64,/)
  expect(
    createHash('sha256')
      .update(Buffer.from(embedded.images[0]!.split(',')[1]!, 'base64'))
      .digest('hex'),
  ).toBe(image.hash)
  const question = { from: 'human', value: `<image>\n${prompt}` }
  expect(await record('povid', { columns: false })).toEqual({
    id: 'a',
    image: png,
    conversations: [question, { from: 'gpt', value: chosen }],
    rejected_conversations: [question, { from: 'gpt', value: rejected }],
  })
  expect(await record('csv', { columns: false })).toBe(
    `id,prompt,chosen,rejected,images\r\na,${prompt},${chosen},${rejected},"[""${png}""]"\r\n`,
  )
  expect(await record('blindfold')).toMatchObject({
    ...{ blindfold: 1, id: 'a', source: 's', split: 'train', prompt, chosen: rejected, rejected: chosen, messages: null, images: [png] },
    ...{
      tied: false,
      metadata: {},
      tags: ['x'],
      history: [{ action: 'flip', reverts: null, status: 'flipped', annotator: 'me', blind: false }],
    },
    current: { status: 'flipped', prompt, chosen, rejected },
  })
})

test('text-only pairs are plain TRL texts without a column of images', async () => {
  const made = await project()
  await addPairs(made, [{}, {}])
  const out = path.join(temporary(), 'out')
  await made.result(exportKind, { format: 'trl', out, columns: false })
  expect(lines(path.join(out, 'train.jsonl'))[1]).toEqual({
    id: null,
    prompt: 'What is in picture 2?',
    chosen: 'Right 2.',
    rejected: 'Wrong 2.',
  })
})

test('the pairs as they stand now, without tied and discarded ones unless they are asked for', async () => {
  const made = await project()
  await addPairs(
    made,
    [0, 1].map((id) => ({ externalId: `${id}` })),
  )
  await addPairs(
    made,
    [2, 3].map((id) => ({ externalId: `${id}`, prompt: `p${id}` })),
    't',
  )
  for (const [pairId, action] of [
    [1, 'flip'],
    [2, 'tie'],
    [3, 'discard'],
  ] as const)
    await made.db.annotations.annotate({ pairId, action, blind: false }, 'me')
  const out = path.join(temporary(), 'out')
  const ids = async (input: object) => {
    await made.result(exportKind, { out, ...input })
    return lines(path.join(out, 'train.jsonl')).map(({ id }) => id)
  }
  expect(await ids({})).toEqual(['0', '3'])
  expect(await ids({ includeExcluded: true })).toEqual(['0', '1', '2', '3'])
  expect(await ids({ filter: { sources: ['t'] } })).toEqual(['3'])
  expect(await ids({ filter: { statuses: ['tied', 'flipped'] } })).toEqual(['0'])
  expect(errorOf(await made.run(exportKind, { out, filter: { statuses: ['tied'] } }))).toMatchObject({ code: 'NO_DATA' })
  expect(await ids({ filter: { statuses: ['tied'] }, includeExcluded: true })).toEqual(['1'])
})

test('a new split by group: the share within one group, no group on both sides, the same for the same seed', async () => {
  const made = await project()
  const images = await Promise.all(Array.from({ length: 12 }, (_, n) => picture(made, n)))
  // Groups of 1 to 4 pairs, some without an image.
  await addPairs(
    made,
    Array.from({ length: 40 }, (_, i) => ({
      externalId: `${i}`,
      images: i < 30 ? [images[i % 12]!] : [],
      prompt: `p${i % 35}`,
      chosen: `c${i}`,
    })),
  )
  const groups = new Map(
    (await made.db.pairs.exportChunk(0, 100, { filter: {}, label: 'current' })).map(({ externalId, groupId }) => [externalId, groupId]),
  )
  const largest = Math.max(...[...groups.values()].map((group) => [...groups.values()].filter((other) => other === group).length))
  const sides = async (testShare: number, seed: number) => {
    const out = path.join(temporary(), 'out')
    await made.result(exportKind, { out, resplit: { testShare, seed } })
    return ['train', 'test'].map((split) => lines(path.join(out, `${split}.jsonl`)).map(({ id }) => id as string))
  }
  const seen = new Set<string>()
  for (const [share, seed] of [
    [0.2, 0],
    [0.2, 1],
    [0.5, 7],
    [0.01, 3],
    [0.9, 4],
  ] as const) {
    const [train = [], tested = []] = await sides(share, seed)
    expect(train.length + tested.length).toBe(40)
    expect(Math.min(train.length, tested.length)).toBeGreaterThan(0)
    expect(Math.abs(tested.length - share * 40)).toBeLessThanOrEqual(largest)
    const testGroups = new Set(tested.map((id) => groups.get(id)))
    expect(train.filter((id) => testGroups.has(groups.get(id)))).toEqual([])
    expect(await sides(share, seed)).toEqual([train, tested])
    seen.add(tested.join())
  }
  expect(seen.size).toBe(5)
})

test('a folder with other files is refused, an earlier export replaced, and a failure leaves it as it was', async () => {
  const made = await project()
  const image = await picture(made, 1)
  await addPairs(made, [{ images: [image] }, {}])
  const parent = temporary()
  const out = path.join(parent, 'out')
  mkdirSync(out)
  await made.result(exportKind, { out })
  const first = filesOf(out)
  await made.result(exportKind, { out, filter: { pairIds: [2] } })
  expect(filesOf(out)).toEqual(first.filter((name) => !name.startsWith('images/')))
  expect(readdirSync(parent)).toEqual(['out'])

  writeFileSync(path.join(out, 'notes.txt'), 'mine')
  const before = { files: filesOf(out).filter((name) => name !== 'notes.txt'), data: sha256(path.join(out, 'train.jsonl')) }
  expect(errorOf(await made.run(exportKind, { out }))).toMatchObject({
    code: 'FILE_NOT_WRITABLE',
    file: out,
    field: 'out',
    message: expect.stringContaining('notes.txt'),
  })
  rmSync(path.join(out, 'notes.txt'))
  // The project's own image is damaged: nothing half written takes the place of what is there.
  writeFileSync(path.join(made.folder, 'media', image.hash.slice(0, 2), image.hash), 'broken')
  expect(errorOf(await made.run(exportKind, { out }))).toMatchObject({ code: 'FILE_UNREADABLE' })
  expect({ files: filesOf(out), data: sha256(path.join(out, 'train.jsonl')) }).toEqual(before)
  expect(readdirSync(parent)).toEqual(['out'])

  const file = path.join(parent, 'a-file')
  writeFileSync(file, '')
  expect(errorOf(await made.run(exportKind, { out: file }))).toMatchObject({ code: 'FILE_NOT_WRITABLE' })
  expect(errorOf(await made.run(exportKind, { out: path.join(file, 'below') }))).toMatchObject({ code: 'FILE_NOT_WRITABLE' })
  expect(errorOf(await made.run(exportKind, { out: path.join(made.folder, 'inside') }))).toMatchObject({ code: 'FILE_NOT_WRITABLE' })
  expect(await obstacleOf(path.join(parent, 'new', 'deep'), made.folder)).toBeNull()
  expect(await obstacleOf(path.join(made.folder, '..out'), made.folder)).toMatch(/inside the project/)
  expect(errorOf(await made.run(exportKind, { out, format: 'povid', images: 'embed' }))).toMatchObject({
    code: 'INVALID_INPUT',
    field: 'images',
  })
})

test('a cancelled export leaves nothing behind', async () => {
  const made = await project()
  await addPairs(
    made,
    Array.from({ length: 3000 }, (_, i) => ({ externalId: `${i}` })),
  )
  const parent = temporary()
  for (const phase of ['Checking pairs', 'Writing pairs']) {
    const { id } = await made.jobs.start(exportKind, { out: path.join(parent, 'new', 'out') })
    for (;;) {
      const { state } = await made.jobs.get(id)
      if (state.status === 'succeeded' || state.status === 'failed')
        throw new Error(`there was nothing to cancel: ${JSON.stringify(state)}`)
      if ('progress' in state && state.progress?.phase === phase) break
      await new Promise((resolve) => setImmediate(resolve))
    }
    await made.jobs.cancel(id)
    expect((await made.ended(id)).state.status).toBe('cancelled')
    expect(readdirSync(parent)).toEqual([])
  }
})
