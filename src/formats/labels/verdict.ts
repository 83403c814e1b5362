import type { Verdict } from '../../contract/imports.ts'
import { isObject, type JsonObject, type Value } from '../value.ts'
import { labelKey, lookUp, type LabelValues } from './labels.ts'

/** The two sides of a judged pair, each by the words that may name it in a label, and by its response where that is a text. */
export type Sides = { first: readonly string[]; second: readonly string[]; responses: readonly [Value | undefined, Value | undefined] }

/** What a record has beside its label: who wrote the two responses, and the responses. */
export type Beside = { first?: Value | undefined; second?: Value | undefined; responses?: Sides['responses'] }

/** Words for a tie, also in the languages that judges write in. */
const TIES =
  /^(an? )?(ties?|tied|draw|equal(ly)?|same|both|neither|neutral|equivalent|indifferent|both[ _-]?(bad|good)|both are (good|bad)|equally (good|bad)|(about|roughly|approximately|nearly|exactly) (the )?(same|equal)|(about )?the same|no (clear )?(preference|difference|winner)|(they|both) are (about )?(equal|the same)|[=~≈]|neither (\S+ )?\S+ nor (\S+ )?\S+|平局|平手|一样好|差不多|都好|都不好|都很差|引き分け|同点|무승부|gleich(stand| gut)?|unentschieden|égalité|empate|pareggio|ничья)( \(.*\))?[.!]?$/
/** The last part of a column's name, by which pairs of columns differ: `1` of `output_1`, `a` of `response_a`. */
const ENDING = /[_ .-]?([0-9]+|[a-z]|first|second|left|right)$/i
/** Places that name a side whatever the columns are called. Numbers are none: they count from 0 or from 1. */
const PLACES: readonly (readonly [string, string])[] = [
  ['a', 'b'],
  ['first', 'second'],
  ['left', 'right'],
  ['第一个', '第二个'],
  ['左', '右'],
  ['左边', '右边'],
]
const KINDS = '(?:chat ?bot|model|response|output|answer|assistant|option|completion|candidate|system|reply|text|caption|choice)'
/** How much better, which changes nothing here. */
const DEGREES = '(?:(?:very|much|far|way|a (?:bit|little|lot)|little|bit|so|strong|slight|clear|somewhat|still|just|[a-z]+ly) )*'
const BETTER = new RegExp(
  `^(.+?) (?:(?:is|was|are) )?(?:the )?${DEGREES}(better|best|preferred|superior|stronger|winner|wins|won|worse|worst|inferior|weaker|loses|lost)(?: ${KINDS})?(?: (?:than|to|over) (.+))?$`,
)
const PREFERS = new RegExp(`^(?:i )?${DEGREES}(?:prefer(?:s|red)?|choose|favou?rs?) ${DEGREES}(.+?)(?: (?:over|to) (.+))?$`)
const NOT_AS_GOOD = /^(.+?) (?:is|was) not (?:quite |nearly )?as good as (.+)$/
const WORSE = /^(?:worse|worst|inferior|weaker|loses|lost)$/
const ORDER = /^(.+?)\s*(>+|<+|=+|≻|≺|≫|≪|≈|~)\s*(.+)$/

/** No verdict is longer, in UTF-16 units; what is, explains itself. */
const LONGEST = 300

const normal = (text: string): string => text.trim().toLowerCase().replace(/\s+/g, ' ')

/**
 * Words for the sides of two columns: their names, where only the ends differ those ends, and for paths that differ in one
 * place (`answers.0.text`, `answers.1.text`) what stands there.
 */
export function sidesOf(first: string, second: string, more: Beside = {}): Sides {
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
  return {
    first: words(a, end?.[1], more.first),
    second: words(b, other?.[1], more.second),
    responses: more.responses ?? [undefined, undefined],
  }
}

/** Who wrote the two responses: `model_a` and `Model B`, `generator_1` and `generator_2`. */
export function modelsOf(record: JsonObject): { first?: Value; second?: Value } {
  const found: { first?: Value; second?: Value } = {}
  for (const [name, value] of Object.entries(record)) {
    const end = /^(?:model|generator)(?:name)?([ab12])(?:name)?$/.exec(name.toLowerCase().replace(/[^a-z0-9]/g, ''))?.[1]
    if (end === 'a' || end === '1') found.first ??= value
    else if (end !== undefined) found.second ??= value
  }
  return found
}

/**
 * What a label says. `values`, which the labels of the whole file gave, come first; they leave no number to its words. Where
 * they are null, a number is the end of a side's name (`1` of `output_1`). Else it is words: the name of a side, its ending,
 * `model_a` or `response 1` with such an ending, the name of a side's model; an order such as `A>B` or `[[B]]`; a sentence
 * such as “Alpha is slightly better”; or a word for a tie. It may also repeat one of the responses. Null where it says none of
 * these, or both sides.
 */
export function verdictOf(label: Value, sides: Sides, values: LabelValues | null = null): Verdict | null {
  if (values !== null) {
    const known = lookUp(values, label)
    if (known !== null) return known
    if (numberOf(label) !== null) return null
  }
  return inWords(label, sides)
}

/** What a label says by itself, whatever the other labels of its file are. */
export function inWords(label: Value, sides: Sides): Verdict | null {
  const quoted = quotedSide(label, sides)
  const worded = wordedVerdict(label, sides)
  return quoted === null || worded === null || worded === quoted ? (quoted ?? worded) : null
}

/** The side whose response the label repeats to the letter, blanks around it aside; null if it is neither or both. */
function quotedSide(label: Value, { responses }: Sides): 'first' | 'second' | null {
  if (typeof label !== 'string' || label.trim() === '') return null
  const [first, second] = responses.map((text) => typeof text === 'string' && text.trim() === label.trim())
  return first === second ? null : first ? 'first' : 'second'
}

function wordedVerdict(label: Value, sides: Sides): Verdict | null {
  if (typeof label === 'string' && label.length > LONGEST) return null
  const text = typeof label === 'number' ? labelKey(label) : typeof label === 'string' ? normal(label) : null
  const judge = /^\[\[\s*([^[\]]+?)\s*\]\]$/.exec(text ?? '')?.[1]
  // Judges of MT-Bench write [[C]] for a tie.
  if (judge === 'c') return 'tie'
  const said = judge ?? text
  if (said === null || said === '') return null
  return sideOf(said, sides) ?? (TIES.test(said) ? 'tie' : null) ?? orderOf(said, sides) ?? sentenceOf(said.replace(/[.!]+$/, ''), sides)
}

/** The one side that a text names. */
function sideOf(text: string, sides: Sides): 'first' | 'second' | null {
  const bare = text.replace(/^(?:the )/, '').replace(/^\((.+)\)$/, '$1')
  const first = names(sides.first, bare)
  const second = names(sides.second, bare)
  if (first !== second) return first ? 'first' : 'second'
  if (first) return null
  const place = new RegExp(`^(?:${KINDS}[_ .-]?)?\\(?([a-z]+)\\)?(?: ${KINDS}| one)?$`).exec(bare)?.[1]
  const named = place ?? bare
  const pair = PLACES.find((both) => both.includes(named))
  return pair ? (pair[0] === named ? 'first' : 'second') : null
}

function names(words: readonly string[], text: string): boolean {
  if (words.includes(text)) return true
  const ending = new RegExp(`^${KINDS}[_ .-]?([0-9]+|[a-z])$`).exec(text)?.[1]
  return ending !== undefined && words.includes(ending)
}

/** `A>B`, `B << A`, `A=B`: both sides must be named. */
function orderOf(text: string, sides: Sides): Verdict | null {
  const [, left = '', sign = '', right = ''] = ORDER.exec(text) ?? []
  const [a, b] = [sideOf(left, sides), sideOf(right, sides)]
  if (a === null || b === null || a === b) return null
  return /[=≈~]/.test(sign) ? 'tie' : /[>≻≫]/.test(sign) ? a : b
}

function sentenceOf(text: string, sides: Sides): Verdict | null {
  const [, lesser = '', greater = ''] = NOT_AS_GOOD.exec(text) ?? []
  const [lost, won] = [sideOf(lesser, sides), sideOf(greater, sides)]
  if (won !== null && lost !== won) return won
  const [, subject = '', how = '', than] = BETTER.exec(text) ?? []
  const [, preferred = '', over] = how === '' ? (PREFERS.exec(text) ?? []) : []
  const side = sideOf(how === '' ? preferred : subject, sides)
  const other = how === '' ? over : than
  if (side === null || (other !== undefined && sideOf(other, sides) === side)) return null
  return WORSE.test(how) ? (side === 'first' ? 'second' : 'first') : side
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
