import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ColumnMap } from '../../contract/imports.ts'
import { columnsOf, parseMap, suggestMap } from '../column-map.ts'
import { type Reading } from '../format.ts'
import { kindOf, type JsonObject } from '../value.ts'
import { mapped, valueAt } from './mapped.ts'
import { formatFor } from '../registry.ts'

const record = (value: object): JsonObject => JSON.parse(JSON.stringify(value)) as JsonObject
const read = (map: ColumnMap, value: object): Reading => mapped(map).read(record(value))
const faults = (reading: Reading) => ('faults' in reading ? reading.faults.map(({ field, code }) => `${field}: ${code}`) : 'none')
const pair = (reading: Reading) => {
  if ('faults' in reading) throw new Error(JSON.stringify(reading.faults))
  return reading.pairs[0]!
}

describe('paths', () => {
  const value = record({ a: { b: [{ c: 'x' }, 'y'] }, cell: '[{"t": "z"}]', constructor: 1 })
  test.each<[string, unknown]>([
    ['a.b.0.c', 'x'],
    ['a.b.1', 'y'],
    ['cell.0.t', 'z'],
    ['constructor', 1],
    ['a.b.2', undefined],
    ['a.b.length', undefined],
    ['a.b.-1', undefined],
    ['a.toString', undefined],
    ['toString', undefined],
    ['', undefined],
  ])('%s', (path, expected) => {
    expect(valueAt(value, path)).toEqual(expected)
  })

  test('a field whose own name has dots comes before the path', () => {
    expect(valueAt(record({ a: { b: 1 }, 'a.b': 'whole' }), 'a.b')).toBe('whole')
  })

  test('every column that is listed leads to a value of its kind', () => {
    const { value: any } = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 5 },
        fc.constantFrom('text', 3, true, null),
        fc.array(tie('value'), { maxLength: 4 }),
        fc.dictionary(fc.constantFrom('a', 'b b', 'c-0'), tie('value')),
      ),
    }))
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom('x', 'y'), any), (input) => {
        const columns = columnsOf([input as JsonObject])
        expect(columns.length).toBeGreaterThanOrEqual(Object.keys(input).length)
        for (const { column, kind } of columns) expect(kindOf(valueAt(input as JsonObject, column))).toBe(kind)
      }),
    )
  })
})

describe('reading by a map', () => {
  test('system, images, id; what is not mapped is metadata', () => {
    const map = { prompt: 'q', chosen: 'good', rejected: 'bad', system: 's', images: 'files', id: 'key' }
    expect(pair(read(map, { q: 'Q', good: 'c', bad: 'r', s: 'S', files: 'a.png', key: 7, id: 'other', more: 1 }))).toMatchObject({
      externalId: '7',
      prompt: 'system: S\n\nuser: Q',
      images: [{ kind: 'text', text: 'a.png', field: 'files' }],
      metadata: { id: 'other', more: 1 },
    })
    expect(pair(read(map, { q: 'Q', good: 'c', bad: 'r', s: '', files: '["a.png", "b.png"]' }))).toMatchObject({
      externalId: null,
      messages: null,
      images: [{}, {}],
    })
  })

  test('nested values stay in the metadata with what stands beside them', () => {
    expect(pair(read({ prompt: 'a.q', chosen: 'a.c', rejected: 'a.r' }, { a: { q: 'Q', c: 'C', r: 'R', note: 'n' } })).metadata).toEqual({
      a: { q: 'Q', c: 'C', r: 'R', note: 'n' },
    })
  })

  test('turns of either way of writing, also a single one', () => {
    const map = { prompt: 'talk', chosen: 'good', rejected: 'bad', images: 'image' }
    const value = {
      talk: [{ from: 'human', value: 'A <image>' }],
      good: { role: 'assistant', content: 'c' },
      bad: [{ role: 'assistant', content: 'r' }],
      image: 'a.png',
    }
    expect(pair(read(map, value))).toMatchObject({
      prompt: 'A ',
      chosen: 'c',
      rejected: 'r',
      messages: [{ content: [{ text: 'A ' }, { type: 'image' }] }],
    })
  })

  test('a label says which is better', () => {
    const map = { prompt: 'q', first: 'left answer', second: 'right answer', label: 'vote' }
    const of = (vote: unknown) => read(map, { q: 'Q', 'left answer': 'l', 'right answer': 'r', vote })
    expect(pair(of('right answer'))).toMatchObject({ chosen: 'r', rejected: 'l', tied: false, metadata: { vote: 'right answer' } })
    expect(pair(of('TIE'))).toMatchObject({ chosen: 'l', rejected: 'r', tied: true })
    expect(faults(of('both of them'))).toEqual(['vote: wrong-type'])
    expect(faults(of(null))).toEqual(['vote: missing-field'])
  })

  test.each<[string, object, string[]]>([
    ['a path that leads nowhere', { q: 'Q', c: 'c' }, ['r: missing-field']],
    ['a number', { q: 'Q', c: 'c', r: 5 }, ['r: wrong-type']],
    ['no columns at all', {}, ['q: missing-field', 'c: missing-field', 'r: missing-field']],
  ])('%s', (_, value, expected) => {
    expect(faults(read({ prompt: 'q', chosen: 'c', rejected: 'r' }, value))).toEqual(expected)
  })

  test('a mapped import without a map is refused', () => {
    expect(() => formatFor('mapped')).toThrow(
      expect.objectContaining({ code: 'INVALID_INPUT', detail: expect.objectContaining({ field: 'map' }) }) as Error,
    )
  })
})

describe('the map on the command line', () => {
  test('is read', () => {
    expect(parseMap('chosen=a,rejected=b')).toEqual({ chosen: 'a', rejected: 'b' })
    expect(parseMap('prompt=question, chosen = a.0.text ,rejected=b=c')).toEqual({
      prompt: 'question',
      chosen: 'a.0.text',
      rejected: 'b=c',
    })
  })

  test.each([
    ['prompt', 'is not part=column'],
    ['prompt=q,chosen=a', 'Map the columns of chosen and rejected'],
    ['chosen=a,prompt=b', 'Map the columns of chosen and rejected'],
    ['prompt=q,answer=a', '“answer” is not a part'],
    ['prompt=q,chosen=,rejected=b', 'chosen'],
    ['prompt=q,prompt=p,chosen=a,rejected=b', 'twice'],
    ['__proto__=q', 'not a part'],
  ])('%s is refused', (text, message) => {
    expect(() => parseMap(text)).toThrow(
      expect.objectContaining({ code: 'INVALID_INPUT', message: expect.stringContaining(message) as string }) as Error,
    )
  })
})

describe('columns', () => {
  test('nested ones by their paths, an example each, bytes as their length', () => {
    const columns = columnsOf([
      { q: null, image: { bytes: new Uint8Array(5), path: 'a.png' } },
      { q: 'x'.repeat(500), list: [{ t: 1 }, { t: 2 }], pair: ['a', 'b'], many: ['a', 'b', 'c'] },
    ])
    expect(columns).toEqual([
      { column: 'q', kind: 'text', example: `${'x'.repeat(199)}…` },
      { column: 'image', kind: 'an object', example: expect.stringContaining('(5 bytes)') as string },
      { column: 'image.bytes', kind: 'bytes', example: '(5 bytes)' },
      { column: 'image.path', kind: 'text', example: 'a.png' },
      { column: 'list', kind: 'a list', example: '[{"t":1},{"t":2}]' },
      { column: 'list.0', kind: 'an object', example: '{"t":1}' },
      { column: 'list.0.t', kind: 'a number', example: '1' },
      { column: 'list.1', kind: 'an object', example: '{"t":2}' },
      { column: 'list.1.t', kind: 'a number', example: '2' },
      { column: 'pair', kind: 'a list', example: '["a","b"]' },
      { column: 'pair.0', kind: 'text', example: 'a' },
      { column: 'pair.1', kind: 'text', example: 'b' },
      { column: 'many', kind: 'a list', example: '["a","b","c"]' },
    ])
  })

  test.each<[object, object]>([
    [
      { Question: 'q', 'good response': 'c', bad_response: 'r', img: 'a.png', uid: 1 },
      { prompt: 'Question', chosen: 'good response', rejected: 'bad_response', images: 'img', id: 'uid' },
    ],
    [
      { input: { user_prompt: 'q' }, model_answer_A: 'l', model_answer_B: 'r', winner: 'A' },
      { first: 'model_answer_A', second: 'model_answer_B', label: 'winner' },
    ],
    [
      { data: { question: 'q', preferred: 'c', dispreferred: 'r' }, system_prompt: 's' },
      { prompt: 'data.question', chosen: 'data.preferred', rejected: 'data.dispreferred', system: 'system_prompt' },
    ],
    [{ foo: 1 }, {}],
  ])('a map is guessed from the names: %j', (value, expected) => {
    expect(suggestMap(columnsOf([record(value)]))).toMatchObject(expected)
  })
})
