import { ENCODINGS } from '../../core/encodings.ts'
import { BlindfoldError } from '../../core/errors.ts'

/**
 * The name under which an encoding is decoded: `GBK` is `gbk`, `latin1` is `windows-1252`.
 *
 * @throws BlindfoldError INVALID_INPUT where nothing is known by that name
 */
export function encodingNamed(name: string): string {
  // Python's and iconv's spellings.
  for (const label of [name, name.replace(/^cp(?=\d)/i, 'windows-'), name.replace(/^(utf|iso|euc)_?(?=\w)/i, '$1-').replaceAll('_', '-')]) {
    try {
      return new TextDecoder(label).encoding
    } catch {
      continue
    }
  }
  const known = ENCODINGS.map(([label]) => label).join(', ')
  throw new BlindfoldError('INVALID_INPUT', `“${name}” is not a known encoding.`, {
    field: 'encoding',
    remedy: `Use one of these: ${known}.`,
  })
}

/** What the bytes of a text that is no UTF-8 seem to be. `at` is the first byte that is none, from 0. */
export type Guess = { encoding: string; at: number; byte: number }

/** Candidates with the characters that speak for each, beside ASCII: letters that are frequent in its languages. */
const CANDIDATES: [string, RegExp][] = [
  ['gb18030', /[\u4e00-\u9fff\u3000-\u303f\uff00-\uffef\u2010-\u2026]/u],
  ['shift_jis', /[\u3040-\u30ff\u3000-\u303f\u4e00-\u9fff\uff01-\uff60]/u],
  ['euc-jp', /[\u3040-\u30ff\u3000-\u303f\u4e00-\u9fff\uff01-\uff60]/u],
  ['euc-kr', /[\uac00-\ud7a3\u3000-\u303f\uff00-\uffef]/u],
  ['big5', /[\u4e00-\u9fff\u3000-\u303f\uff00-\uffef\u2010-\u2026]/u],
  ['windows-1251', /[\u0400-\u045f«»„“”–—№]/u],
  ['koi8-r', /[\u0410-\u0451]/u],
  ['windows-1253', /[\u0386-\u03ce«»–—’·]/u],
  ['windows-1255', /[\u05d0-\u05ea«»“”–—]/u],
  ['windows-1256', /[\u0621-\u0652،؟؛«»]/u],
  ['windows-874', /[\u0e01-\u0e4d]/u],
  ['windows-1252', /[À-ÖØ-öø-ÿŒœŠšŽžŸ¡¿«»„“”‘’–—…€£°§ß]/u],
  // After the Western one, which shares most accents with it.
  ['windows-1250', /[ąćęłńóśźżáčďéěíňřšťúůýžőűöüäăâîșțşţđ„”–—]/iu],
]

/** A word of these encodings is in the letters of one script alone: one that also has ASCII letters was decoded wrongly. */
const OWN_SCRIPT = /windows-125[1356]|koi8-r|windows-874/
const MIXED = /[a-z][^\u0000-\u024f\s\p{P}]|[^\u0000-\u024f\s\p{P}][a-z]/giu
/** Latin words have accents here and there: a run of four is a word of another script. */
const ACCENTS = /[\u00c0-\u024f]{4,}/gu

/** Characters that are among the most frequent of a language: one in several is such a one in running text. */
const FREQUENT: Record<string, RegExp> = {
  gb18030:
    /[的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学法所民得经十三之进着等部度家电力里如水化高自二理起小物现实加量都两体制机当使点从业本去把性好应开它合还因由其些然前外天政四日那社义事平形相全表间样与关各重新线内数正心反你明看原又么利比或但质气第向道命此变条只没结解问意建月公无系军很情者最立代想已通并提直题党程展五果料象员革位入常文总次品式活设及管特件长求老头基资边流路级少图山统接知较将组见计别她手角期根论运农指几九区强放决西被干做必战先回则任取据处理给写读图片里有什么]/u,
  big5: /[的一是在不了有和人這中大為上個國我以要他時來用們生到作地於出就分對成會可主發年動同工也能下過子說產種面而方後多定行學法所民得經十三之進著等部度家電力裡如水化高自二理起小物現實加量都兩體制機當使點從業本去把性好應開它合還因由其些然前外天政四日那社義事平形相全表間樣與關各重新線內數正心反你明看原又麼利比或但質氣第向道命此變條只沒結解問意建月公無圖片什麼]/u,
  shift_jis: /[\u3041-\u3093\u30a1-\u30f6。、]/u,
  'euc-jp': /[\u3041-\u3093\u30a1-\u30f6。、]/u,
  'euc-kr': /[이다는의가을에하고지은도로한기를서나사어그있해대인자리시아게라수만일보들무니것정않과면와요안그림무엇]/u,
  'windows-1251': /[оеаинтсрвлкмдпуяыз]/u,
  'koi8-r': /[оеаинтсрвлкмдпуяыз]/u,
  'windows-1253': /[αοιτεσηνςρκπυάίόέ]/u,
  'windows-1255': /[יולהאמרתבשנ]/u,
  'windows-1256': /[اليمنرتوبهعد]/u,
  'windows-874': /[\u0e31\u0e34-\u0e3a\u0e47-\u0e4d่้านรกเอวมลทดยปบสคงต]/u,
  'windows-1250': /[ąęłżźćśńčěřžšůúőűăţşáéíýóöü]/iu,
  'windows-1252': /[éèàçêùâîôëïüöäßñáíóúãåæøÉÀÖÜÄ¿¡’“”–]/u,
}

/** Bytes of non-ASCII text that are judged by; more say no more. */
const JUDGED = 64 * 1024

/**
 * What a text is in that is no UTF-8, by its first bytes; null where it is UTF-8, or is but for single bytes: then those are
 * damage, which costs the records they are in.
 */
export function guessEncoding(head: Buffer): Guess | null {
  const wide = wideEncoding(head)
  if (wide) return wide
  const { first, bad, good } = utf8Faults(head)
  if (first < 0 || bad <= good || bad < FEWEST || bad < SHARE * head.length) return null
  const sample = nonAscii(head)
  let best = { encoding: '', score: 0 }
  for (const [encoding, own] of CANDIDATES) {
    const score = scoreOf(sample, encoding, own)
    if (score > best.score + 0.001) best = { encoding, score }
  }
  // Scattered bytes make no text in any encoding.
  return best.score < LEAST ? null : { encoding: best.encoding, at: first, byte: head[first] ?? 0 }
}

/** 2 is a text of nothing but frequent characters of an encoding. */
const LEAST = 1.2
/** Fewer wrong bytes, or a smaller share of all, are damage: French has one accent in thirty letters, Chinese nothing else. */
const FEWEST = 3
const SHARE = 0.004

/** UTF-16 without a mark: every other byte of what is written in ASCII is 0. */
function wideEncoding(head: Buffer): Guess | null {
  const length = Math.min(head.length & ~1, 4096)
  if (length < 8) return null
  let [even, odd] = [0, 0]
  for (let at = 0; at < length; at += 2) {
    if (head[at] === 0) even += 1
    if (head[at + 1] === 0) odd += 1
  }
  const enough = length / 2 / 4
  if (odd > enough && even < odd / 20) return { encoding: 'utf-16le', at: 1, byte: 0 }
  if (even > enough && odd < even / 20) return { encoding: 'utf-16be', at: 0, byte: 0 }
  return null
}

/** The first byte that cannot be UTF-8, -1 where there is none; how many bytes are wrong, and how many characters of several bytes are right. */
export function utf8Faults(bytes: Buffer): { first: number; bad: number; good: number } {
  let [first, bad, good] = [-1, 0, 0]
  for (let at = 0; at < bytes.length;) {
    const byte = bytes[at] ?? 0
    if (byte < 0x80) {
      at += 1
      continue
    }
    const length = byte >= 0xc2 && byte <= 0xdf ? 2 : byte >= 0xe0 && byte <= 0xef ? 3 : byte >= 0xf0 && byte <= 0xf4 ? 4 : 0
    // What the end cuts off may be right.
    if (length > 0 && at + length > bytes.length && follow(bytes, at, bytes.length)) break
    const next = bytes[at + 1] ?? 0
    const odd =
      (byte === 0xe0 && next < 0xa0) || (byte === 0xed && next > 0x9f) || (byte === 0xf0 && next < 0x90) || (byte === 0xf4 && next > 0x8f)
    if (length > 0 && !odd && follow(bytes, at, at + length)) {
      good += 1
      at += length
    } else {
      if (first < 0) first = at
      bad += 1
      at += 1
    }
  }
  return { first, bad, good }
}

function follow(bytes: Buffer, from: number, to: number): boolean {
  for (let at = from + 1; at < to; at++) if (((bytes[at] ?? 0) & 0xc0) !== 0x80) return false
  return true
}

/** The lines that are not ASCII. */
function nonAscii(head: Buffer): Buffer {
  const lines: Buffer[] = []
  let size = 0
  for (let at = 0; at < head.length && size < JUDGED;) {
    const end = head.indexOf(0x0a, at)
    const line = head.subarray(at, end < 0 ? Math.min(head.length, at + JUDGED) : end)
    if (line.some((byte) => byte >= 0x80)) {
      lines.push(line, Buffer.from('\n'))
      size += line.length
    }
    if (end < 0) break
    at = end + 1
  }
  return Buffer.concat(lines)
}

/** How much a text looks like one of this encoding: shares of characters that belong to it, and of those that are frequent. */
function scoreOf(sample: Buffer, encoding: string, own: RegExp): number {
  const text = new TextDecoder(encoding).decode(sample)
  let [all, belonging, frequent, wrong] = [0, 0, 0, 0]
  const often = FREQUENT[encoding] as RegExp
  for (const character of text) {
    if (character < '\u0080') continue
    all += 1
    if (character === '\ufffd' || (character >= '\u0080' && character < '\u00a0')) wrong += 1
    else if (own.test(character)) belonging += 1
    if (often.test(character)) frequent += 1
  }
  const runs = OWN_SCRIPT.test(encoding) ? MIXED : /windows-125[02]/.test(encoding) ? ACCENTS : null
  if (runs) for (const [run] of text.matchAll(runs)) wrong += run.length / 2
  return all === 0 ? 0 : (belonging + frequent - 4 * wrong) / all
}

/** What a file that is no UTF-8 is refused with: what it seems to be, at which byte, and how it is read. */
export function otherEncoding(file: string, { encoding, at, byte }: Guess, head: Buffer): BlindfoldError {
  const name = ENCODINGS.find(([label]) => label === encoding)?.[1] ?? encoding
  const row = head.subarray(0, at).filter((each) => each === 0x0a).length + 1
  const where = /^utf-16/.test(encoding)
    ? `byte ${at + 1} of the file is 0x00`
    : `byte ${at + 1} of the file, in line ${row}, is 0x${byte.toString(16).padStart(2, '0')}`
  return new BlindfoldError('FORMAT_UNKNOWN', `${file} is not UTF-8: ${where}. It seems to be ${name}.`, {
    file,
    field: 'encoding',
    remedy: `Choose this encoding (--encoding ${encoding}), or save the file as UTF-8.`,
  })
}
