import { exactNumber } from './exact-number.ts'
import type { JsonObject, Value } from '../value.ts'
import { MAX_DEPTH } from './json.ts'

/**
 * A list, dictionary, tuple or bytes as Python's `repr` writes it, which is how pandas puts one into a cell of a table; an array as
 * numpy prints it, with blanks or commas between its entries (`['a' 'b']`, `array(['a', 'b'], dtype=object)`). Bytes
 * (`b'\x89PNG'`) come as bytes, `None` and `nan` as null. Null where the text is something else, or numpy left out entries (`...`).
 */
export function pythonLiteral(text: string): Value | null {
  if (!/^\s*(?:[[{(]|[bB]['"]|array\()/.test(text)) return null
  try {
    const reader = new Reader(text)
    const value = reader.value(0)
    return reader.atEnd() ? value : null
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}

const WORDS: [RegExp, Value][] = [
  [/None\b/y, null],
  [/nan\b/y, null],
  [/True\b/y, true],
  [/False\b/y, false],
]
const NUMBER = /[+-]?(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/y
const ESCAPES: Record<string, string> = {
  n: '\n',
  r: '\r',
  t: '\t',
  a: '\x07',
  b: '\b',
  f: '\f',
  v: '\v',
  '\\': '\\',
  "'": "'",
  '"': '"',
  '\n': '',
}

class Reader {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  value(depth: number): Value {
    if (depth > MAX_DEPTH) throw new SyntaxError('too deep')
    this.#blanks()
    const next = this.#text[this.#at]
    if (next === '[') return this.#list(']', depth)
    if (next === '(') return this.#list(')', depth)
    if (next === '{') return this.#dictionary(depth)
    if (this.#take(/array\(/y) !== null) return this.#array(depth)
    if (next === '"' || next === "'") return this.#quoted()
    if (next === 'b' || next === 'B') {
      this.#at += 1
      return Uint8Array.from(this.#quoted(), (character) => character.charCodeAt(0))
    }
    for (const [word, value] of WORDS) if (this.#take(word) !== null) return value
    const number = this.#take(NUMBER)?.replaceAll('_', '')
    if (number === undefined) throw new SyntaxError('no value')
    return exactNumber(number)
  }

  atEnd(): boolean {
    this.#blanks()
    return this.#at === this.#text.length
  }

  #list(end: string, depth: number): Value[] {
    const entries: Value[] = []
    this.#at += 1
    for (;;) {
      if (this.#passes(end)) return entries
      entries.push(this.value(depth + 1))
      // Arrays of numpy have blanks alone between their entries.
      const apart = end === ']' && (this.#take(/\s+/y) ?? '') !== ''
      if (!this.#passes(',') && !this.#passes(end, false) && !apart) throw new SyntaxError('no comma')
    }
  }

  /** What follows `array(`. */
  #array(depth: number): Value {
    const value = this.value(depth + 1)
    if (this.#take(/\s*(?:,\s*(?:dtype|shape)\s*=\s*[\w.'<>|=]+\s*)*\)/y) === null) throw new SyntaxError('no end')
    return value
  }

  #dictionary(depth: number): JsonObject {
    const entries: [string, Value][] = []
    this.#at += 1
    for (;;) {
      if (this.#passes('}')) return Object.fromEntries(entries)
      const key = this.value(depth + 1)
      if (!this.#passes(':')) throw new SyntaxError('no colon')
      entries.push([String(key), this.value(depth + 1)])
      if (!this.#passes(',') && !this.#passes('}', false)) throw new SyntaxError('no comma')
    }
  }

  #quoted(): string {
    const quote = this.#text[this.#at]
    if (quote !== '"' && quote !== "'") throw new SyntaxError('no quote')
    const parts: string[] = []
    let from = ++this.#at
    for (;;) {
      const character = this.#text[this.#at]
      if (character === undefined) throw new SyntaxError('no end')
      if (character !== quote && character !== '\\') {
        this.#at += 1
        continue
      }
      parts.push(this.#text.slice(from, this.#at))
      this.#at += 1
      if (character === quote) return parts.join('')
      parts.push(this.#escape())
      from = this.#at
    }
  }

  #escape(): string {
    const code = this.#take(/x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})/y)
    if (code !== null) return String.fromCodePoint(Math.min(0x10ffff, Number.parseInt(code.slice(1), 16)))
    const octal = this.#take(/[0-7]{1,3}/y)
    if (octal !== null) return String.fromCharCode(Number.parseInt(octal, 8))
    const character = this.#text[this.#at++] ?? ''
    return ESCAPES[character] ?? `\\${character}`
  }

  #passes(wanted: string, take = true): boolean {
    this.#blanks()
    const found = this.#text[this.#at] === wanted
    if (found && take) this.#at += 1
    return found
  }

  #take(pattern: RegExp): string | null {
    pattern.lastIndex = this.#at
    const [found] = pattern.exec(this.#text) ?? []
    if (found === undefined) return null
    this.#at += found.length
    return found
  }

  #blanks(): void {
    this.#take(/\s*/y)
  }
}
