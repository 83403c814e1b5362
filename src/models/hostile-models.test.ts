import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { InferenceSession } from 'onnxruntime-node'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { BlindfoldError } from '../core/errors.ts'
import { planDownload } from './hub.ts'
import { inspectFolder } from './inspect.ts'
import { registerFolder, usableModel } from './registry.ts'
import { idsOf, tokenReader } from '../scoring/reading/tokens.ts'
import { external, message, model, node } from '../../test/crafted-onnx.ts'

let root: string
let dir: string
const at = (name: string): string => join(dir, name)

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'hostile-models-'))
  dir = join(root, 'model')
  mkdirSync(dir)
  writeFileSync(at('tokenizer.json'), JSON.stringify(vocabulary({})))
  for (const file of [join(root, 'secret.bin'), at('w.bin')]) writeFileSync(file, Buffer.from(Float32Array.of(1, 2, 3, 4).buffer))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

function vocabulary(more: object) {
  return {
    version: '1.0',
    added_tokens: [],
    normalizer: null,
    pre_tokenizer: { type: 'Whitespace' },
    post_processor: null,
    decoder: null,
    model: { type: 'WordLevel', vocab: { '[UNK]': 0, a: 1, red: 2 }, unk_token: '[UNK]' },
    ...more,
  }
}
const refusal = (): BlindfoldError => {
  try {
    inspectFolder(dir)
  } catch (error) {
    return error as BlindfoldError
  }
  throw new Error('the model was taken')
}

describe('an ONNX file that keeps its weights elsewhere', () => {
  const weights = (entries: Record<string, string>): Buffer => model({ initializers: [external('w', 4, entries)] })
  const inAttribute = (location: string): Buffer =>
    model({ nodes: [node('Constant', [], ['y'], [5, message([1, 'value'], [5, external('w', 4, { location })], [20, 4])])] })
  const inBranch = (location: string): Buffer => {
    const branch = message([1, node('Identity', ['w'], ['b'])], [2, 'branch'], [5, external('w', 4, { location })])
    return model({ nodes: [node('If', ['c'], ['y'], [5, message([1, 'then_branch'], [6, branch], [20, 5])])] })
  }
  const inFunction = (location: string): Buffer =>
    model({
      more: [
        [
          25,
          message(
            [1, 'F'],
            [7, node('Constant', [], ['y'], [5, message([1, 'value'], [5, external('w', 4, { location })], [20, 4])])],
            [10, 'own'],
          ),
        ],
      ],
    })
  const files: [string, () => Buffer][] = [
    ['above it', () => weights({ location: '../secret.bin' })],
    ['above it, by a longer way', () => weights({ location: 'sub/../../secret.bin' })],
    ['by a whole path', () => weights({ location: join(root, 'secret.bin') })],
    ['by a path of Windows', () => weights({ location: 'C:\\secret.bin' })],
    ['by a share of Windows', () => weights({ location: '\\\\host\\share' })],
    ['above it, in an attribute', () => inAttribute('../secret.bin')],
    ['above it, in a branch', () => inBranch('../secret.bin')],
    ['above it, in a function', () => inFunction('../secret.bin')],
    ['nowhere', () => weights({ location: '' })],
    ['in a file that is not there', () => weights({ location: 'gone.bin' })],
    ['in a folder', () => (mkdirSync(at('folder')), weights({ location: 'folder' }))],
    ['behind a link', () => (symlinkSync(join(root, 'secret.bin'), at('linked.bin')), weights({ location: 'linked.bin' }))],
    ['behind a linked folder', () => (symlinkSync(root, at('up')), weights({ location: 'up/secret.bin' }))],
    ['beyond the end of a file', () => weights({ location: 'w.bin', offset: '8', length: '16' })],
    ['at a place that is no number', () => weights({ location: 'w.bin', offset: '-8' })],
    ['at a place beyond all files', () => weights({ location: 'w.bin', offset: '9'.repeat(40) })],
  ]
  test.each(files)('%s is refused by name', (_, make) => {
    writeFileSync(at('model.onnx'), make())
    expect(refusal()).toMatchObject({ code: 'MODEL_UNUSABLE', message: expect.stringMatching(/weights|no number/) as string })
  })

  test('beside itself is opened, also where a cache links both', async () => {
    writeFileSync(at('model.onnx'), weights({ location: 'w.bin', length: '16' }))
    expect(inspectFolder(dir)).toMatchObject({ model: 'model.onnx' })
    await (await InferenceSession.create(at('model.onnx'))).release()
    const cached = join(root, 'snapshot')
    mkdirSync(cached)
    for (const name of ['model.onnx', 'w.bin', 'tokenizer.json']) symlinkSync(at(name), join(cached, name))
    expect(inspectFolder(cached)).toMatchObject({ model: 'model.onnx' })
  })

  test('is refused too when it was changed after it was registered', async () => {
    writeFileSync(at('model.onnx'), weights({ location: 'w.bin', length: '16' }))
    const { id } = await registerFolder(join(root, 'home'), dir)
    expect(usableModel(join(root, 'home'), id, 'encoder').id).toBe(id)
    rmSync(at('w.bin'))
    symlinkSync(join(root, 'secret.bin'), at('w.bin'))
    expect(() => usableModel(join(root, 'home'), id, 'encoder')).toThrow(/link to a file outside/)
  })
})

test.each([
  ['operators of its own', model({ nodes: [node('Steal', ['w'], ['y'], [7, 'evil.ops'])] }), /operator evil\.ops:Steal/],
  [
    'compiled code in another file',
    model({ nodes: [node('EPContext', ['w'], ['y'], [7, 'com.microsoft'])] }),
    /operator com\.microsoft:EPContext/,
  ],
  ['what only training needs', model({ more: [[20, message([1, message([2, 'g'])])]] }), /training graph/],
  ['two graphs', Buffer.concat([model({}), model({})]), /no ONNX graph/],
  ['more weights than bytes', model({ initializers: [message([1, 2 ** 50], [2, 1], [8, 'w'])] }), /more weights than/],
  ['graphs without end', nested(40), /nested too deeply/],
  ['a cut', model({}).subarray(0, 30), /truncated|not an ONNX/],
  [
    'a pickle',
    Buffer.from('\x80\x04\x95\x00\x00\x00\x00\x00\x00\x00\x00\x8c\x05posix\x94\x8c\x06system\x94\x93\x94.', 'latin1'),
    /not an ONNX|truncated/,
  ],
])('an ONNX file with %s is refused by name', (_, bytes, says) => {
  writeFileSync(at('model.onnx'), bytes)
  expect(refusal()).toMatchObject({ code: 'MODEL_UNUSABLE', message: expect.stringMatching(says) as string })
})

function nested(depth: number): Buffer {
  let graph = message([2, 'innermost'])
  for (let i = 0; i < depth; i += 1)
    graph = message([1, node('If', ['c'], ['y'], [5, message([1, 'then_branch'], [6, graph], [20, 5])])], [2, 'g'])
  return model({ nodes: [node('If', ['c'], ['y'], [5, message([1, 'then_branch'], [6, graph], [20, 5])])] })
}

test('a graph may bring functions of its own and use operators of the runtime', () => {
  const own: [number, Buffer] = [25, message([1, 'F'], [7, node('Identity', ['x'], ['y'])], [10, 'own'])]
  writeFileSync(
    at('model.onnx'),
    model({ nodes: [node('F', ['w'], ['z'], [7, 'own']), node('FastGelu', ['z'], ['y'], [7, 'com.microsoft'])], more: [own] }),
  )
  expect(inspectFolder(dir).model).toBe('model.onnx')
})

describe('a tokenizer', () => {
  const opened = (more: object, chatTemplate: string | null = null) => {
    writeFileSync(at('tokenizer.json'), JSON.stringify(vocabulary(more)))
    return tokenReader({ dir, tokenizer: 'tokenizer.json', chatTemplate, maxLength: 512 })
  }
  const texts = [{ prompt: 'a red', response: `${'a'.repeat(5000)}!` }]

  test('of megabytes is refused', () => {
    writeFileSync(at('model.onnx'), model({ initializers: [external('w', 4, { location: 'w.bin' })] }))
    truncateSync(at('tokenizer.json'), 65_000_000)
    expect(refusal().message).toContain('tokenizer.json is too large')
    expect(() => tokenReader({ dir, tokenizer: 'tokenizer.json', chatTemplate: null, maxLength: 512 })).toThrow(/larger than 64 MB/)
  })

  test.each([
    ['in its normaliser', { normalizer: { type: 'Replace', pattern: { Regex: '^(a+)+$' }, content: 'b' } }, null],
    ['between words', { pre_tokenizer: { type: 'Split', pattern: { Regex: '^(a|a)*$' }, behavior: 'Isolated', invert: false } }, null],
    [
      'with loops in loops',
      {},
      '{% set r = range(10000) %}{% for a in r %}{% for b in r %}{% for c in r %}{% endfor %}{% endfor %}{% endfor %}{{ messages[1]["content"] }}',
    ],
  ])('that does not come to an end %s is stopped', { timeout: 120_000 }, (_, more, template) => {
    expect(() => idsOf(opened(more, template), texts)).toThrow(/busy for more than 10 seconds/)
  })

  test.each([
    ['numbers without end', '{% for i in range(1000000000) %}{% endfor %}{{ messages[1]["content"] }}'],
    ['a text that doubles', '{% set ns = namespace(s="a") %}{% for i in range(60) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}{{ ns.s }}'],
    ['the way out of its sandbox', '{{ messages.constructor.constructor("return process")().exit() }}'],
  ])('with a template of %s is refused', { timeout: 120_000 }, (_, template) => {
    expect(() => idsOf(opened({}, template), texts)).toThrow(/chat template/)
  })
})

test.each(['../model', 'a/../b', '/etc', 'https://hub.example/a/b', 'a/b/c', 'a b/c', 'a/b?x', 'a%2F..%2Fb/c', ''])(
  '%j is no name of a model on the hub',
  async (name) => {
    await expect(planDownload(name)).rejects.toMatchObject({ code: 'INVALID_INPUT', detail: { field: 'repo' } })
  },
)
test.each(['../main', 'a/../../b', 'a b', 'main?x', '', '/etc'])('%j is no revision', async (revision) => {
  await expect(planDownload('owner/name', revision)).rejects.toMatchObject({ code: 'INVALID_INPUT', detail: { field: 'revision' } })
})
