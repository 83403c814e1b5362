import { readFileSync } from 'node:fs'
import path from 'node:path'
import type { FormatId } from '../src/contract/imports.ts'
import { random, type Random } from '../src/core/random.ts'
import type { JsonObject, Value } from '../src/formats/value.ts'

/** `FUZZ_SEED=... npx vitest run src/formats/readers/fuzz-readers.test.ts` gives other records; a failure names the seed. */
export const SEED = process.env['FUZZ_SEED'] ?? '1'

/** A source of its own for each part of a test, so that parts do not shift each other. */
export const randomFor = (part: string): Random => random(`${SEED} ${part}`)

const FOLDER = path.join(import.meta.dirname, 'fixtures', 'formats')
const FILES: [FormatId, string[]][] = [
  ['blindfold', ['blindfold.jsonl']],
  ['mm-rm', ['mm-rm.jsonl']],
  ['vlfeedback', ['vlfeedback.jsonl', 'vlfeedback-columns.jsonl']],
  ['rlhf-v', ['rlhf-v.jsonl', 'rlaif-v.jsonl']],
  ['povid', ['povid.json']],
  ['llama-factory', ['llama-factory-alpaca.json', 'llama-factory-sharegpt.json']],
  ['ms-swift', ['ms-swift.jsonl']],
  ['trl', ['trl.jsonl', 'trl-texts.jsonl', 'trl-implicit.jsonl']],
  [
    'judged',
    [
      'judged-llmbar.json',
      'judged-mt-bench.jsonl',
      'judged-multimodal-rewardbench.json',
      'judged-scores.jsonl',
      'judged-vl-rewardbench.json',
    ],
  ],
  ['openai-dpo', ['openai-dpo.jsonl']],
  ['llama-factory-v1', ['llama-factory-v1.jsonl']],
  ['transcripts', ['transcripts.jsonl']],
  ['ranked', ['ranked.jsonl', 'ranked-scores.jsonl']],
  ['mapped', ['mapped.jsonl']],
]

/** Good records of each format, from the fixtures. */
export const RECORDS = new Map(FILES.map(([format, files]) => [format, files.flatMap(recordsOf)]))

function recordsOf(name: string): JsonObject[] {
  const text = readFileSync(path.join(FOLDER, name), 'utf8')
  return name.endsWith('.json')
    ? (JSON.parse(text) as JsonObject[])
    : text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as JsonObject)
}

/** A copy of a record of the format, with its own id where it has one. */
export function sound(format: FormatId, r: Random): JsonObject {
  return structuredClone(r.pick(RECORDS.get(format) ?? []))
}

const STRINGS = [
  '',
  ' ',
  '\uFEFF',
  '\uFEFFtext',
  'a\r\nb',
  '\r',
  '\0',
  '\ud800',
  'half \udc00 pair',
  '\u2028',
  '😀'.repeat(50),
  'é',
  'NaN',
  'null',
  '[]',
  '{}',
  '["',
  '{"a":',
  '[[[[[1]]]]]',
  '{"type":"image"}',
  '[{"role":"user","content":"<image>"}]',
  '<image>',
  '<image><image><image>',
  '__proto__',
  'tie',
  'model_a',
  '1e400',
  '-0',
  '../../../../../../etc/passwd',
  '/etc/passwd',
  'file:///etc/passwd',
  'file://host/share/x.png',
  'C:\\Windows\\win.ini',
  '\\\\host\\share',
  '..',
  '.',
  '/',
  '//',
  '%2e%2e%2f',
  'http://',
  'http://localhost:1/x.png',
  'https://user:pass@example.com/x.png',
  'data:',
  'data:image/png;base64,',
  'data:image/svg+xml;base64,PHN2Zy8+',
  'data:image/png;base64,!!!!',
  'iVBORw0KGgo'.padEnd(120, 'A'),
  'a'.repeat(5000),
  '"'.repeat(50),
  '\\'.repeat(51),
  ',\n\t;"\'',
]
const NAMES = [
  '__proto__',
  'constructor',
  'toString',
  'length',
  'id',
  'prompt',
  'chosen',
  'rejected',
  'images',
  'image',
  'messages',
  'content',
  'role',
  'type',
  'bytes',
  '',
  ' ',
  '\ud800',
  '0',
  'a.b',
]

/** A value that does not belong where it is put. `bytes` are those of Parquet. */
function wrong(r: Random, depth = 0): Value {
  switch (r.int(depth > 3 ? 6 : 10)) {
    case 0:
      return null
    case 1:
      return r.next() < 0.5
    case 2:
      return r.pick([0, -0, -1, 1.5, 1e308, Number.MAX_SAFE_INTEGER, 2 ** 53, 5e-324, 1, 2])
    case 3:
    case 4:
    case 5:
      return r.pick(STRINGS)
    case 6:
      return Array.from({ length: r.int(4) }, () => wrong(r, depth + 1))
    case 7:
      return own(Array.from({ length: r.int(4) }, () => [r.pick(NAMES), wrong(r, depth + 1)]))
    case 8:
      return Array.from({ length: 5 }, () => [[[]]])
    default:
      return nested(r.pick([3, 50, 99, 100, 101, 200]))
  }
}

const nested = (levels: number): Value => Array.from({ length: levels }).reduce<Value>((inner) => [inner], 'deep')

/** An object with exactly these keys; `__proto__` is one like any other. */
function own(entries: [string, Value][]): JsonObject {
  const object: JsonObject = {}
  for (const [key, value] of entries) Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true })
  return object
}

/** The record with one to three of its values replaced, dropped, doubled, renamed or wrapped, at any depth. */
export function mutateValue(record: JsonObject, r: Random): JsonObject {
  let result = record
  for (let times = 1 + r.int(3); times > 0; times--) result = mutateInside(result, r) as JsonObject
  return result
}

function mutateInside(value: Value, r: Random): Value {
  const here = r.next() < 0.35
  if (Array.isArray(value)) {
    const at = r.int(value.length + 1)
    if (here || value.length === 0) {
      return r.pick([
        () => value.toSpliced(at, 1),
        () => value.toSpliced(at, 0, wrong(r)),
        () => [...value, ...value],
        () => value.toReversed(),
        () => [value],
      ])()
    }
    return value.with(at % value.length, changed(value[at % value.length] ?? null, r))
  }
  const entries = Object.entries(value as JsonObject)
  const at = r.int(entries.length)
  const [key, inner] = entries[at] ?? ['', null]
  if (entries.length === 0 || (here && r.next() < 0.3)) return own([...entries, [r.pick(NAMES), wrong(r)]])
  if (here)
    return own(
      r.pick([() => entries.toSpliced(at, 1), () => entries.with(at, [r.pick(NAMES), inner]), () => entries.with(at, [key, wrong(r)])])(),
    )
  return own(entries.with(at, [key, changed(inner, r)]))
}

function changed(value: Value, r: Random): Value {
  if (typeof value === 'object' && value !== null && !(value instanceof Uint8Array) && r.next() < 0.7) return mutateInside(value, r)
  if (typeof value !== 'string' || r.next() < 0.5) return wrong(r)
  const at = r.int(value.length + 1)
  return r.pick([
    value.slice(0, at),
    value.slice(at),
    value + value,
    value.slice(0, at) + r.pick(STRINGS) + value.slice(at),
    JSON.stringify(value),
    [value],
    { text: value },
  ])
}

/** What JSON cannot say, said all the same: `NaN`, a key twice, half a surrogate pair as an escape, a mark in the middle, a comma too many. */
export function mutateText(json: string, r: Random): string {
  const places = [...json.matchAll(/[:,[{}\]"]/g)].map(({ index }) => index)
  const at = places.length > 0 ? r.pick(places) + 1 : 0
  const inserted = r.pick([
    'NaN',
    'Infinity',
    '-Infinity',
    '"\\ud800"',
    '\\ud800',
    '\uFEFF',
    ',',
    '"id": 1, ',
    '"prompt": "again", ',
    '"__proto__": {"chosen": "x"}, ',
    "'",
    '/* */',
    '\\',
    'undefined',
    '1e999',
    '00',
    '"',
  ])
  return r.next() < 0.5
    ? json.slice(0, at) + inserted + json.slice(at)
    : json.replace(/(:\s*)("(?:[^"\\]|\\.)*"|-?\d[\d.]*)/, (_, colon: string) => colon + inserted)
}

/** Damage as disks, networks and editors make it: bytes flipped, dropped, doubled, cut off, or of another encoding. */
export function mutateBytes(bytes: Buffer, r: Random): Buffer {
  const at = r.int(bytes.length + 1)
  const flipped = Buffer.from(bytes)
  switch (r.int(7)) {
    case 0:
      return bytes.subarray(0, at)
    case 1:
      for (let times = 1 + r.int(4); times > 0 && bytes.length > 0; times--) flipped[r.int(bytes.length)] = r.int(256)
      return flipped
    case 2:
      if (bytes.length > 0) flipped[at % bytes.length] = (flipped[at % bytes.length] ?? 0) ^ (1 << r.int(8))
      return flipped
    case 3:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + r.int(20))])
    case 4:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(Math.max(0, at - r.int(30)))])
    case 5:
      return Buffer.concat([
        bytes.subarray(0, at),
        Buffer.from(r.pick(['\uFEFF', '\0', '\r\n', '\r', '"', '"\n"', '\\', '}', ']', '},{', '[', '{"', '\t', ';;'])),
        bytes.subarray(at),
      ])
    default:
      return Buffer.concat([bytes.subarray(0, at), Buffer.from('é\ud83d€ü', r.pick(['latin1', 'utf16le'])), bytes.subarray(at)])
  }
}
