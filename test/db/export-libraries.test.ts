import { readFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { exportKind } from '../../src/jobs/kinds/export.ts'
import { addPairs, fillMixed, lines } from './exporting.ts'
import { Project, removeTemporary, temporary } from './importing.ts'
import { libraryPython, loadWithLibraries } from '../python-libraries.ts'

// What is written is loaded by the libraries that it is for. Where these cannot be had, this fails.

type Hub = { [split: string]: { features: { [name: string]: string }; rows: { [column: string]: unknown }[] } }
type Turn = [role: string, content: unknown]

let found: Record<string, unknown>
const folders: Record<string, string> = {}
const hub = (name: string) => found[name] as Hub
const rows = (name: string) => Object.values(hub(name)).flatMap((split) => split.rows)
/** Size and first pixel of the pictures that `fillMixed` makes. */
const [A, B] = [
  [8, 6, [1, 0, 7]],
  [8, 6, [2, 0, 7]],
]

beforeAll(async () => {
  await libraryPython()
  const mixed = await fillMixed(await Project.create())
  const plain = await Project.create()
  await addPairs(plain, [{ externalId: 'ä', chosen: 'Line\nand "quote", 😀\u2028.' }, { prompt: '' }])
  await addPairs(plain, [{ externalId: 'x' }], 't', 'test')
  // A missing image is a path to nowhere: what loads pictures stops there, as the plan says.
  const whole = { missingImages: false }
  const write = async (project: Project, name: string, input: object) => {
    folders[name] = path.join(temporary(), 'data')
    await project.result(exportKind, { out: folders[name], includeExcluded: true, filter: whole, ...input })
  }
  await write(mixed, 'trl', { format: 'trl' })
  await write(mixed, 'trl parquet', { format: 'trl-parquet' })
  await write(plain, 'trl plain', { format: 'trl', filter: {} })
  await write(mixed, 'llama-factory', { format: 'llama-factory', filter: {} })
  await write(mixed, 'ms-swift', { format: 'ms-swift', filter: {} })
  await write(mixed, 'hub trl', { format: 'trl' })
  await write(mixed, 'hub trl-parquet', { format: 'trl-parquet' })
  await write(mixed, 'hub trl-parquet by path', { format: 'trl-parquet', images: 'copy', columns: false })
  await write(mixed, 'hub trl embedded', { format: 'trl', images: 'embed' })
  await write(mixed, 'hub resplit', { format: 'trl-parquet', resplit: { testShare: 0.3, seed: 1 } })
  for (const format of ['llama-factory', 'ms-swift', 'mm-rm', 'povid', 'csv']) await write(mixed, `hub ${format}`, { format, filter: {} })
  await write(plain, 'hub plain csv', { format: 'csv', filter: {}, columns: false })
  await Promise.all([mixed.close(), plain.close()])
  found = await loadWithLibraries(folders)
}, 900_000)
afterAll(removeTemporary)

test.each(['hub trl', 'hub trl-parquet', 'hub trl-parquet by path'])(
  '%s: datasets.load_dataset(folder) gives messages and pictures',
  (name) => {
    const { train, my_test_1: other } = hub(name)
    expect(Object.keys(hub(name))).toEqual(['train', 'my_test_1'])
    expect(train!.features).toMatchObject({ id: "Value('string')", images: 'List(Image(mode=None, decode=True))' })
    expect(train!.features['prompt']).toContain('role')
    expect(train!.rows.map(({ id, images }) => [id, images])).toEqual([
      ['0', [A]],
      ['1', [A, B]],
      ['2', []],
      ['4', [A, B]],
      ['5', []],
      ['6', []],
      ['7', []],
      [null, [B]],
    ])
    expect(other!.rows.map(({ id }) => id)).toEqual(['8'])
    expect(train!.rows[3]!['prompt']).toEqual([
      { role: 'system', content: [{ type: 'text', text: 'Be brief.' }] },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'Look:' },
          { type: 'image', text: null },
          { type: 'text', text: 'What is it?' },
        ],
      },
      { role: 'assistant', content: [{ type: 'text', text: 'A dog.' }] },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'And this?' },
          { type: 'image', text: null },
        ],
      },
    ])
    expect(train!.rows[1]!['chosen']).toEqual([{ role: 'assistant', content: [{ type: 'text', text: ' A cat.' }] }])
    if (name.endsWith('path')) expect(train!.features).not.toHaveProperty('prior_sfc')
    else
      expect(train!.rows[2]).toMatchObject({
        tags: ['html', 'odd'],
        status: 'unreviewed',
        weight: 1,
        prior_sfc: null,
        audit_sfc: null,
        annotators: [],
        source: 's',
      })
  },
)

test('datasets: embedded JSONL, new splits, every other format and CSV', () => {
  expect(rows('hub trl embedded')[0]!['images']).toEqual([expect.stringMatching(/^data:image\/png;base64,/)])
  expect(Object.keys(hub('hub resplit'))).toEqual(['train', 'test'])
  expect(rows('hub resplit')).toHaveLength(9)
  expect(rows('hub mm-rm').map(({ img_path: images }) => (images as string[]).length)).toEqual([1, 2, 0, 1, 2, 0, 0, 0, 1, 0])
  expect(rows('hub povid').map(({ image }) => image !== null)).toEqual([true, true, false, false, false, true, false])
  expect(rows('hub llama-factory')).toHaveLength(9)
  expect(rows('hub ms-swift')).toHaveLength(9)
  expect(rows('hub csv').map(({ tags }) => tags)[2]).toBe('["html","odd"]')
  expect(rows('hub plain csv')).toEqual([
    { id: 'ä', prompt: 'What is in picture 1?', chosen: 'Line\nand "quote", 😀\u2028.', rejected: 'Wrong 1.' },
    { id: null, prompt: null, chosen: 'Right 2.', rejected: 'Wrong 2.' },
    { id: 'x', prompt: 'What is in picture 1?', chosen: 'Right 1.', rejected: 'Wrong 1.' },
  ])
})

test.each(['trl', 'trl parquet'])('%s: TRL takes the rows for conversations and finds an image for every place', (name) => {
  const taken = found[name] as { id: string; conversational: boolean; prompt: Turn[]; chosen: unknown; rejected: unknown }[]
  expect(taken.map(({ conversational }) => conversational)).toEqual(Array(9).fill(true))
  const prompts = new Map(taken.map(({ id, prompt }) => [id, prompt]))
  expect(prompts.get('1')).toEqual([['user', [A, B, 'What is in picture 2?']]])
  expect(prompts.get('4')).toEqual([
    ['system', ['Be brief.']],
    ['user', ['Look:', A, 'What is it?']],
    ['assistant', ['A dog.']],
    ['user', ['And this?', B]],
  ])
  expect(taken[1]!.chosen).toEqual([{ role: 'assistant', content: [{ type: 'text', text: ' A cat.' }] }])
})

test('TRL takes pairs without images as plain texts', () => {
  expect(found['trl plain']).toEqual([
    {
      id: 'ä',
      split: 'train',
      conversational: false,
      prompt: 'What is in picture 1?',
      chosen: 'Line\nand "quote", 😀\u2028.',
      rejected: 'Wrong 1.',
    },
    { id: null, split: 'train', conversational: false, prompt: '', chosen: 'Right 2.', rejected: 'Wrong 2.' },
    { id: 'x', split: 'test', conversational: false, prompt: 'What is in picture 1?', chosen: 'Right 1.', rejected: 'Wrong 1.' },
  ])
})

test('LLaMA-Factory finds the data by dataset_info.json, keeps every pair and finds as many images as it is told of', () => {
  const info = JSON.parse(readFileSync(path.join(folders['llama-factory']!, 'dataset_info.json'), 'utf8')) as Record<string, object>
  expect(Object.keys(info)).toEqual(['blindfold_train', 'blindfold_my_test_1'])
  const taken = found['llama-factory'] as {
    dataset: string
    system: string
    prompt: Turn[]
    response: Turn[]
    images: unknown[]
    missing: number
  }[]
  expect(taken.map(({ prompt, images, missing }) => [prompt.length, images, missing])).toEqual([
    [1, [A], 0],
    [1, [A, B], 0],
    [1, [], 1],
    [3, [A, B], 0],
    [1, [], 0],
    [1, [], 0],
    [1, [], 0],
    [1, [B], 0],
    [1, [], 0],
  ])
  expect(taken[3]).toMatchObject({
    system: 'Be brief.',
    prompt: [
      ['user', 'Look:<image>What is it?'],
      ['assistant', 'A dog.'],
      ['user', 'And this?<image>'],
    ],
    response: [
      ['assistant', 'Right 5.'],
      ['assistant', 'Wrong 5.'],
    ],
  })
  expect(taken[4]!.prompt).toEqual([['user', 'assistant: Hello']])
})

test('ms-swift takes every row', () => {
  const taken = found['ms-swift'] as { messages: unknown[]; rejected: string; images: { path: string }[] }[]
  expect(taken).toHaveLength(9)
  const written = ['my_test_1', 'train'].flatMap((split) => lines(path.join(folders['ms-swift']!, `${split}.jsonl`)))
  expect(taken.map(({ messages, rejected, images }) => [messages, rejected, images.map((image) => image.path)])).toEqual(
    written.map(({ messages, rejected_response: rejected, images }) => [messages, rejected, images]),
  )
})
