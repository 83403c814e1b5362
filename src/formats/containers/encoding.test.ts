import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { BlindfoldError } from '../../core/errors.ts'
import { openRecords } from './container.ts'
import { encodingNamed, guessEncoding, utf8Faults } from './encoding.ts'
import { parseRecord } from '../record.ts'

const dir = mkdtempSync(path.join(tmpdir(), 'blindfold-encoding-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))
let made = 0
function fileOf(bytes: Buffer): string {
  const file = path.join(dir, `${++made}.data`)
  writeFileSync(file, bytes)
  return file
}

/** Bytes of a text in an encoding that Node cannot write: each character by asking what decodes to it. */
const tables = new Map<string, Map<string, Buffer>>()
function encoded(text: string, encoding: string): Buffer {
  if (encoding === 'utf-16le') return Buffer.from(text, 'utf16le')
  if (encoding === 'utf-16be') return Buffer.from(text, 'utf16le').swap16()
  let table = tables.get(encoding)
  if (!table) {
    table = new Map()
    const decoder = new TextDecoder(encoding, { fatal: true })
    const put = (...bytes: number[]) => {
      try {
        const character = decoder.decode(Uint8Array.from(bytes))
        if ([...character].length === 1 && !table!.has(character)) table!.set(character, Buffer.from(bytes))
      } catch {
        // No character has these bytes.
      }
    }
    for (let a = 0; a < 256; a++) put(a)
    if (!/^(windows|koi8)/.test(encoding)) for (let a = 0x81; a < 0xff; a++) for (let b = 0x40; b < 0xff; b++) put(a, b)
    tables.set(encoding, table)
  }
  return Buffer.concat([...text].map((character) => table.get(character) ?? Buffer.from('?')))
}

const TEXTS: Record<string, string[]> = {
  gb18030: ['第图里有什么？', '图中第只猫坐在窗台上。', '没有看到。'],
  shift_jis: ['この写真には何がありますか？', '机の上に赤いりんごが三つあります。', 'わかりません。'],
  'euc-jp': ['この写真には何がありますか？', '机の上に赤いりんごが三つあります。', 'わかりません。'],
  'euc-kr': ['이 사진에는 무엇이 있습니까?', '책상 위에 빨간 사과가 세 개 있습니다.', '잘 모르겠습니다.'],
  big5: ['這張圖片裡有什麼？', '桌子上放著三個紅蘋果和一杯水。', '看不清楚。'],
  'windows-1252': ['Qu’y a-t-il à côté de l’église ?', 'Une fenêtre étroite, très élevée.', 'Rien du tout : c’est caché.'],
  'windows-1251': ['Что изображено на фотографии?', 'На столе лежат три красных яблока.', 'Ничего не видно.'],
  'utf-16le': ['What is in 图?', 'Three apples.', 'Nothing.'],
  'utf-16be': ['What is in 图?', 'Three apples.', 'Nothing.'],
}
/** Other languages of the encodings of one byte, some with few letters beyond ASCII. */
const LANGUAGES: [string, string[]][] = [
  ['windows-1252', ['Où est-ce ?', 'à côté', 'là']],
  ['windows-1252', ['Was ist auf dem Bild zu sehen?', 'Drei Äpfel auf einem Tisch, schön rot.', 'Das weiß ich nicht.']],
  ['windows-1252', ['¿Qué hay en la imagen?', 'Una niña pequeña con un paraguas.', 'No sé.']],
  ['windows-1252', ['O que há na imagem?', 'Três maçãs não muito maduras.', 'Não sei.']],
  ['windows-1252', ['Vad finns på bilden?', 'Två äpplen på ett bord, och en kopp.', 'Jag vet inte, tyvärr, vad det är.']],
  ['windows-1251', ['What is it?', 'Это кот.', 'Это собака, or perhaps a fox.']],
  ['windows-1251', ['Що на фото?', 'Три червоні яблука лежать на столі.', 'Нічого не видно.']],
  ['koi8-r', ['Что изображено на фотографии?', 'На столе лежат три красных яблока.', 'Ничего не видно.']],
  ['windows-1250', ['Co jest na zdjęciu?', 'Trzy jabłka leżą na stole, a obok książka.', 'Nic nie widać.']],
  ['windows-1250', ['Co je na obrázku?', 'Na stole leží tři jablka, vedle nich je šálek.', 'Není vidět nic, příliš tmavé.']],
  ['windows-1250', ['Mi van a képen?', 'Három piros alma egy asztalon, előtte egy nő ül.', 'Nem tudom, túl sötét, gyűrött.']],
  ['windows-1253', ['Τι υπάρχει στην εικόνα;', 'Τρία κόκκινα μήλα πάνω στο τραπέζι.', 'Δεν ξέρω.']],
  ['windows-1255', ['מה יש בתמונה?', 'שלושה תפוחים אדומים על השולחן.', 'אני לא יודע.']],
  ['windows-1256', ['ماذا يوجد في الصورة؟', 'ثلاث تفاحات حمراء على الطاولة.', 'لا أعرف.']],
  ['windows-874', ['ในภาพมีอะไร', 'มีแอปเปิลสีแดงสามลูกวางอยู่บนโต๊ะ', 'ไม่ทราบ']],
]
const ROWS = 40
const records = ([prompt = '', chosen = '', rejected = '']: string[]) =>
  Array.from({ length: ROWS }, (_, i) => ({ id: `${i}`, prompt: `${prompt} ${i}`, chosen, rejected }))
const jsonl = (texts: string[]) =>
  records(texts)
    .map((record) => `${JSON.stringify(record)}\n`)
    .join('')
const csv = (texts: string[]) =>
  [
    'id,prompt,chosen,rejected',
    ...records(texts).map(({ id, prompt, chosen, rejected }) => [id, prompt, chosen, rejected].map((cell) => `"${cell}"`).join(',')),
  ].join('\r\n')

async function read(file: string, encoding: string | null) {
  const source = await openRecords(file, encoding)
  const found = []
  for await (const raw of source.records()) found.push(parseRecord(raw))
  await source.close()
  return found
}

describe.each([...Object.entries(TEXTS), ...LANGUAGES])('%s: %j', (encoding, texts) => {
  test.each([
    ['JSONL', jsonl],
    ['CSV', csv],
    ['JSON', (all: string[]) => JSON.stringify(records(all), null, 1)],
  ])('%s is refused with its name and the byte, and read when it is told', async (_, write) => {
    const bytes = encoded(write(texts), encoding)
    for (const content of [bytes, gzipSync(bytes)]) {
      const file = fileOf(content)
      const refusal = await openRecords(file).catch((error: unknown) => error as BlindfoldError)
      expect(refusal).toBeInstanceOf(BlindfoldError)
      const { message, detail } = refusal as BlindfoldError
      expect(detail.remedy).toContain(`--encoding ${encoding}`)
      const at = /^utf-16/.test(encoding) ? bytes.indexOf(0) : bytes.findIndex((byte) => byte >= 0x80)
      expect(message).toContain(`byte ${at + 1} of the file`)
      const found = await read(file, encodingNamed(encoding))
      expect(found).toEqual(records(texts).map((record) => ({ record, lost: [] })))
    }
  })
})

test.each([
  ['UTF-8', '\ufeff', Buffer.from([0xef, 0xbb, 0xbf])],
  ['UTF-16 LE', '\ufeff', Buffer.from([0xff, 0xfe])],
])('%s with a byte order mark is read without being told', async (name, _, bom) => {
  const text = jsonl(TEXTS['gb18030']!)
  const body = name === 'UTF-8' ? Buffer.from(text) : encoded(text, 'utf-16le')
  expect(await read(fileOf(Buffer.concat([bom, body])), null)).toHaveLength(ROWS)
})

test('bytes that are wrong in the encoding cost their records, wherever the pieces are cut', async () => {
  const lines = records(TEXTS['gb18030']!).map((record) => encoded(JSON.stringify(record), 'gb18030'))
  const broken = [3, 17, 39]
  for (const row of broken) lines[row] = Buffer.concat([Buffer.from('{"prompt": "'), Buffer.from([0x81, 0x20]), Buffer.from('"}')])
  const found = await read(fileOf(Buffer.concat(lines.flatMap((line) => [line, Buffer.from('\n')]))), 'gb18030')
  expect(found.flatMap((each, row) => ('fault' in each ? [[row, each.fault.code]] : []))).toEqual(
    broken.map((row) => [row, 'invalid-utf8']),
  )
})

test('half a surrogate pair costs its record in UTF-16, and U+FFFD is a character like others', async () => {
  const lines = ['{"a": "\ufffd"}', '{"a": "\ud83d"}', '{"a": "😀"}', '{"a": "\ude00x"}'].join('\n')
  const found = await read(fileOf(Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(lines, 'utf16le')])), null)
  expect(found.map((each) => ('fault' in each ? each.fault.code : each.record['a']))).toEqual([
    '\ufffd',
    'invalid-utf8',
    '😀',
    'invalid-utf8',
  ])
})

test('a long text is decoded to the letter across pieces', async () => {
  const prompt = '图😀é'.repeat(120_000)
  const line = JSON.stringify({ prompt })
  for (const [encoding, bytes] of [
    ['utf-16le', Buffer.from(line, 'utf16le')],
    ['utf-16be', Buffer.from(line, 'utf16le').swap16()],
  ] as const) {
    expect(await read(fileOf(bytes), encoding)).toEqual([{ record: { prompt }, lost: [] }])
  }
  const legacy = '图片'.repeat(200_000)
  expect(await read(fileOf(encoded(JSON.stringify({ prompt: legacy }), 'gb18030')), 'gb18030')).toEqual([
    { record: { prompt: legacy }, lost: [] },
  ])
})

describe('what is UTF-8 stays UTF-8', () => {
  test('whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), (text) => {
        expect(guessEncoding(Buffer.from(text.replaceAll('\0', '')))).toBeNull()
      }),
    )
  })

  test('a few wrong bytes are damage of their records', async () => {
    const lines = records(TEXTS['gb18030']!).map((record) => Buffer.from(JSON.stringify(record)))
    lines[7] = Buffer.from('{"prompt": "x\xfe\xffy"}', 'latin1')
    const found = await read(fileOf(Buffer.concat(lines.flatMap((line) => [line, Buffer.from('\n')]))), null)
    expect(found.filter((each) => 'fault' in each)).toEqual([
      { fault: { field: null, code: 'invalid-utf8', reason: expect.stringMatching(/byte 14 is 0xfe/) as string } },
    ])
  })

  test('the first wrong byte is found where a strict decoder stops', () => {
    const strict = new TextDecoder('utf-8', { fatal: true })
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 12 }), fc.string({ unit: 'grapheme', maxLength: 6 }), (bytes, text) => {
        const all = Buffer.concat([Buffer.from(text), bytes, Buffer.from('....')])
        const { first } = utf8Faults(all)
        const passes = (length: number) => {
          try {
            strict.decode(all.subarray(0, length))
            return true
          } catch {
            return false
          }
        }
        expect(first === -1).toBe(passes(all.length))
        if (first >= 0) expect(passes(first)).toBe(true)
      }),
    )
  })
})

test.each([
  ['GBK', 'gbk'],
  ['cp1252', 'windows-1252'],
  ['latin1', 'windows-1252'],
  ['UTF_16LE', 'utf-16le'],
  ['utf16le', 'utf-16le'],
  ['Shift_JIS', 'shift_jis'],
  ['euc_kr', 'euc-kr'],
  ['big5', 'big5'],
])('%s is %s', (name, expected) => {
  expect(encodingNamed(name)).toBe(expected)
})

test('an encoding of no one is refused with those that are known', () => {
  expect(() => encodingNamed('klingon')).toThrow(BlindfoldError)
})

test.runIf(process.platform === 'linux')('what Python writes is what is read', async () => {
  const text = jsonl(TEXTS['shift_jis']!)
  const script = `import sys; sys.stdout.buffer.write(sys.stdin.buffer.read().decode('utf-8').encode('cp932'))`
  const bytes = execFileSync('python3', ['-c', script], { input: text })
  expect(await read(fileOf(bytes), 'shift_jis')).toEqual(records(TEXTS['shift_jis']!).map((record) => ({ record, lost: [] })))
})
