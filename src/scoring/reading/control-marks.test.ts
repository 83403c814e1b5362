import fc from 'fast-check'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import type { Model } from '../../contract/models.ts'
import { brokenUp, controlMarks } from './control-marks.ts'
import { tokenReader } from './tokens.ts'

// The trainer's tests hold the same tokens to its own chat (trainer/tests/test_golden.py).

const dir = fileURLToPath(new URL('../../../test/fixtures/golden/tokens', import.meta.url))
const read = (name: string): Record<string, unknown> => JSON.parse(readFileSync(`${dir}/${name}`, 'utf8')) as Record<string, unknown>
type Golden = { template: string; marks: string[]; cases: { prompt: string; response: string; plain: [string, string]; ids: number[] }[] }
const golden = read('cases.json') as unknown as Golden
const marks = controlMarks(read('tokenizer.json'), read('tokenizer_config.json'))

describe('text that looks like a control token', () => {
  test('is broken up as in the trainer, into the same tokens', () => {
    expect(marks).toEqual(golden.marks)
    const model = { dir, tokenizer: 'tokenizer.json', chatTemplate: golden.template, maxLength: 4096 } as Model
    const reader = tokenReader(model)
    for (const { prompt, response, plain, ids } of golden.cases) {
      expect([prompt, response].map((text) => brokenUp(text, marks))).toEqual(plain)
      expect(reader.ids({ prompt, response })).toEqual(ids)
    }
  })

  test('is never one token, whatever stands around it, and loses nothing', () => {
    const { ids } = tokenReader({ dir, tokenizer: 'tokenizer.json', chatTemplate: null, maxLength: 4096 } as Model)
    const added = new Map(
      (read('tokenizer.json')['added_tokens'] as { id: number; content: string }[]).map(({ id, content }) => [content, id]),
    )
    const numbers = new Set(marks.map((mark) => added.get(mark)))
    const texts = fc
      .array(fc.oneof(fc.constantFrom(...marks), fc.string({ unit: 'grapheme', maxLength: 4 })), { maxLength: 6 })
      .map((parts) => parts.join(''))
    fc.assert(
      fc.property(texts, texts, (prompt, response) => {
        // A text of no tokens at all is read as one of padding.
        fc.pre(prompt + response !== '')
        expect(ids({ prompt, response }).filter((id) => numbers.has(id))).toEqual([])
        expect(brokenUp(response, marks).replaceAll(' ', '')).toBe(response.replaceAll(' ', ''))
      }),
    )
  })

  test('is told from every place where configurations name added tokens', () => {
    const config = {
      bos_token: '<s>',
      eos_token: { content: '</s>' },
      additional_special_tokens: ['<a>'],
      extra_special_tokens: { image_token: '<image>' },
      added_tokens_decoder: { 7: { content: '<b>', special: false }, 8: { content: '   ' }, 9: { content: 'x' } },
      model_max_length: 12,
    }
    expect(controlMarks({ added_tokens: [{ id: 1, content: '<longest>' }] }, config)).toEqual([
      '<longest>',
      '<image>',
      '</s>',
      '<a>',
      '<b>',
      '<s>',
    ])
    expect(controlMarks({}, {})).toEqual([])
  })
})
