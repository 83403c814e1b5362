import { isObject, type Value } from './format.ts'

export type Verdict = 'first' | 'second' | 'tie'

/** The two sides of a judged pair, each by the words that may name it in a label. */
export type Sides = { first: readonly string[]; second: readonly string[] }

const TIES = /^(a )?(tie|tied|draw|equal|same|both|neither|both[ _-]?(bad|good)|equally (good|bad)|no preference)( \(.*\))?$/
/** The last part of a column's name, by which pairs of columns differ: `1` of `output_1`, `a` of `response_a`. */
const ENDING = /[_ .-]?([0-9]+|[a-z]|first|second|left|right)$/i

const normal = (text: string): string => text.trim().toLowerCase()

/**
 * Words for the sides of two columns: their names, where only the ends differ those ends, and for paths that differ in one
 * place (`answers.0.text`, `answers.1.text`) what stands there.
 */
export function sidesOf(first: string, second: string, more: { first?: Value | undefined; second?: Value | undefined } = {}): Sides {
  const [a, b] = [first.split('.'), second.split('.')]
  const apart = a.flatMap((name, index) => (name === b[index] ? [] : [index]))
  const at = a.length === b.length && apart.length === 1 ? (apart[0] ?? 0) : a.length - 1
  const [here, there] = [a[at] ?? '', b[at] ?? '']
  const [end, other] = [ENDING.exec(here), ENDING.exec(there)]
  const parted = end && other && here.slice(0, end.index) === there.slice(0, other.index) && normal(end[1] ?? '') !== normal(other[1] ?? '')
  const words = (path: string[], ending: string | undefined, model: Value | undefined): string[] => [
    normal(path.join('.')),
    normal(path.slice(0, at + 1).join('.')),
    normal(path[at] ?? ''),
    ...(parted && ending !== undefined ? [normal(ending)] : []),
    ...(typeof model === 'string' && model.trim() !== '' && more.first !== more.second ? [normal(model)] : []),
  ]
  return { first: words(a, end?.[1], more.first), second: words(b, other?.[1], more.second) }
}

/**
 * What a label says: the name of a side, its ending (`1`, `a`), `model_a` or `response 1` with such an ending, the name of
 * a side's model, or a word for a tie. Null where it says none of these, or both sides.
 */
export function verdictOf(label: Value, sides: Sides): Verdict | null {
  const text = typeof label === 'number' ? String(label) : typeof label === 'string' ? normal(label) : null
  if (text === null || text === '') return null
  const first = names(sides.first, text)
  const second = names(sides.second, text)
  if (first !== second) return first ? 'first' : 'second'
  return !first && TIES.test(text) ? 'tie' : null
}

function names(words: readonly string[], text: string): boolean {
  if (words.includes(text)) return true
  const ending = /^(?:model|response|output|answer|assistant|option|completion|candidate|system)[_ .-]?([0-9]+|[a-z])$/.exec(text)?.[1]
  return ending !== undefined && words.includes(ending)
}

/** Which of two scores is higher; null where one of them is no number. Scores may stand as text. */
export function higherOf(first: Value | undefined, second: Value | undefined): Verdict | null {
  const [a, b] = [numberOf(first), numberOf(second)]
  if (a === null || b === null) return null
  return a > b ? 'first' : a < b ? 'second' : 'tie'
}

export function numberOf(value: Value | undefined): number | null {
  if (typeof value === 'number') return Number.isFinite(value) ? value : null
  return typeof value === 'string' && /^\s*[-+]?(\d+(\.\d*)?|\.\d+)(e[-+]?\d+)?\s*$/i.test(value) ? Number(value) : null
}

/** For messages: what a label is. */
export function labelText(label: Value | undefined): string {
  if (label === undefined || label === null) return 'missing'
  if (typeof label === 'string') return `“${label.slice(0, 60)}”`
  return Array.isArray(label) || isObject(label) ? JSON.stringify(label).slice(0, 60) : String(label)
}
