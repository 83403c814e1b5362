import { columnMap, type ColumnMap } from '../contract/imports.ts'
import { BlindfoldError } from '../core/errors.ts'
import { structured } from './fields.ts'
import { isObject, kindOf, type JsonObject, type Value } from './value.ts'

/** A field of the records, nested ones by their paths, with what it holds. */
export type Column = { column: string; kind: string; example: string }

const DEPTH = 4
/** Entries of a list that are looked into: two responses, or the last questions of a short conversation. */
const ENTRIES = 4
const COLUMNS = 200
const EXAMPLE = 200
const PATH = 200

/** The columns of records, in the order in which they were first seen; keeps none of the records. */
export class Columns {
  readonly #found = new Map<string, Column>()

  addRecord(record: JsonObject): void {
    for (const [name, value] of Object.entries(record)) look(this.#found, name, value, 1)
  }

  list(): Column[] {
    return [...this.#found.values()]
  }
}

/** The columns of these records. */
export function columnsOf(records: readonly JsonObject[]): Column[] {
  const columns = new Columns()
  for (const record of records) columns.addRecord(record)
  return columns.list()
}

function look(found: Map<string, Column>, column: string, value: Value, depth: number): void {
  const known = found.get(column)
  if (column.length > PATH || (!known && found.size >= COLUMNS)) return
  if (!known || (known.kind === 'null' && value !== null)) found.set(column, { column, kind: kindOf(value), example: exampleOf(value) })
  if (depth === DEPTH) return
  const inside = structured(value)
  const inner = Array.isArray(inside) ? inside.slice(0, ENTRIES) : isObject(inside) ? inside : {}
  for (const [name, entry] of Object.entries(inner)) {
    // Only the list is named: a path to each of its texts would be noise.
    if (Array.isArray(inner) && typeof entry !== 'object' && inner.length !== 2) continue
    look(found, `${column}.${name}`, entry as Value, depth + 1)
  }
}

function exampleOf(value: Value): string {
  if (value instanceof Uint8Array) return `(${value.length} bytes)`
  const text =
    typeof value === 'string'
      ? value
      : JSON.stringify(value, (_, inner: unknown) => (inner instanceof Uint8Array ? `(${inner.length} bytes)` : inner))
  return (text.length > EXAMPLE ? `${text.slice(0, EXAMPLE - 1)}…` : text).toWellFormed()
}

/** Names that columns go by, without case and punctuation, the likeliest first. */
const NAMES: Record<Exclude<keyof ColumnMap, 'first' | 'second'>, readonly string[]> = {
  prompt: [
    'prompt',
    'question',
    'q',
    'query',
    'instruction',
    'input',
    'usermessage',
    'userprompt',
    'usertext',
    'problem',
    'text',
    'messages',
    'conversations',
    'conversation',
    'context',
  ],
  system: ['system', 'systemprompt', 'systemmessage'],
  chosen: [
    'chosen',
    'chosenresponse',
    'responsechosen',
    'preferred',
    'preferredresponse',
    'good',
    'goodresponse',
    'betterresponse',
    'bestresponse',
    'preferredoutput',
    'chosenmessages',
    'chosenconversation',
    'chosenconversations',
    'better',
    'win',
    'winning',
    'positive',
    'accepted',
    'correctanswer',
  ],
  rejected: [
    'rejected',
    'reject',
    'rejectedresponse',
    'responserejected',
    'dispreferred',
    'dispreferredresponse',
    'bad',
    'badresponse',
    'worseresponse',
    'worstresponse',
    'nonpreferredoutput',
    'rejectedmessages',
    'rejectedconversation',
    'rejectedconversations',
    'worse',
    'lose',
    'losing',
    'negative',
    'unaccepted',
    'wronganswer',
  ],
  label: [
    'label',
    'winner',
    'better',
    'preference',
    'preferred',
    'verdict',
    'choice',
    'vote',
    'judgment',
    'judgement',
    'betterresponse',
    'overallpreference',
    'score',
    'result',
    'outcome',
    'annotation',
  ],
  images: [
    'image',
    'images',
    'imgpath',
    'imagepath',
    'imagefile',
    'imagepaths',
    'imageurl',
    'imageurls',
    'img',
    'picture',
    'photo',
    'files',
    'url',
  ],
  id: ['id', 'uid', 'uuid', 'pairid', 'sampleid', 'rowid'],
}
const PAIRED = /^(.*?(?:response|output|answer|completion|candidate|reply|caption|text).*?|model|option)[_ .-]?(a|1|0|first|left)$/i
const LISTED =
  /^(?:.*\.)?(?:responses?|outputs?|answers?|completions?|candidates?)\.0(?:\.(?:text|content|value|response|output|answer))?$/i
const OTHER: Record<string, string> = { a: 'b', A: 'B', 1: '2', 0: '1', first: 'second', left: 'right' }

/** What a column is called at its end; the entries of a list are not what a name at their end says of them all. */
const leaf = (column: string): string => (/\.[0-9]+(\.|$)/.test(column) ? '' : plain(column.split('.').at(-1) ?? ''))
/** Ends of paths that say nothing of whose text it is. */
const CARRIERS = new Set(['messages', 'conversation', 'conversations', 'content', 'text', 'value', 'response', 'output', 'answer'])

const plain = (column: string): string => column.toLowerCase().replace(/[^a-z0-9]/g, '')

/** A guess at the column map from the names of the columns; parts that nothing is like are left out. */
export function suggestMap(columns: readonly Column[]): Partial<Record<keyof ColumnMap, string>> {
  const byDepth = columns.toSorted((a, b) => a.column.split('.').length - b.column.split('.').length)
  const named = (part: keyof typeof NAMES, fits: (column: Column) => boolean = () => true): string | undefined => {
    for (const name of NAMES[part]) {
      const found = byDepth.find((column) => (plain(column.column) === name || leaf(column.column) === name) && fits(column))
      if (found) return found.column
    }
    return undefined
  }
  /** What is called so itself, or is all that there is to something called so: `chosen.messages`. */
  const response = (part: 'chosen' | 'rejected'): string | undefined =>
    named(part, isText) ??
    byDepth.find(
      ({ column, kind }) =>
        CARRIERS.has(leaf(column)) &&
        NAMES[part].includes(leaf(column.split('.').slice(0, -1).join('.'))) &&
        (kind === 'text' || kind === 'a list'),
    )?.column
  const isText = ({ kind }: Column) => kind === 'text' || kind === 'a list'
  const [chosen, rejected] = [response('chosen'), response('rejected')]
  const responses: Partial<Record<keyof ColumnMap, string>> =
    chosen && rejected && chosen !== rejected
      ? { chosen, rejected }
      : judgedColumns(
          byDepth,
          named('label', ({ kind }) => kind !== 'a list'),
        )
  const inResponse = ({ column }: Column): boolean =>
    [chosen, rejected].some((other, side) => {
      const parent = other?.split('.').slice(0, -1).join('.') ?? ''
      return parent !== '' && column.startsWith(`${parent}.`) && NAMES[side === 0 ? 'chosen' : 'rejected'].includes(leaf(parent))
    })
  const rest = {
    prompt: named('prompt', (column) => isText(column) && !(responses.chosen && inResponse(column))),
    system: named('system', isText),
    ...responses,
    images: named('images', ({ kind }) => kind !== 'a number'),
    id: named('id', ({ kind }) => kind !== 'a list'),
  }
  return Object.fromEntries(Object.entries(rest).filter(([, column]) => column !== undefined))
}

/** Two columns whose names differ at their ends, or the first two entries of a list of responses; and their label. */
function judgedColumns(columns: readonly Column[], label: string | undefined) {
  for (const { column: first, kind } of columns) {
    const entry = LISTED.test(first) ? first.replace('.0', '.1') : null
    if (entry !== null && kind === 'text' && columns.some(({ column }) => column === entry)) return { first, second: entry, label }
    const [, stem, ending = ''] = PAIRED.exec(first) ?? []
    if (stem === undefined || kind !== 'text') continue
    const second = first.slice(0, first.length - ending.length) + (OTHER[ending] ?? OTHER[ending.toLowerCase()] ?? '')
    if (columns.some(({ column }) => column === second)) return { first, second, label }
  }
  // By itself only words are a label: a number may be the score of anything.
  return columns.some(({ column, kind }) => column === label && kind === 'text') ? { label } : {}
}

/**
 * A column map as it is written on a command line: `prompt=question,chosen=good,rejected=bad`.
 *
 * @throws BlindfoldError INVALID_INPUT naming what is wrong
 */
export function parseMap(text: string): ColumnMap {
  const parts = Object.keys(columnMap.shape)
  const wrong = (message: string): BlindfoldError =>
    new BlindfoldError('INVALID_INPUT', message, {
      field: 'map',
      remedy: `Write part=column, separated by commas, such as prompt=question,chosen=good,rejected=bad. The parts are ${parts.join(', ')}.`,
    })
  const entries = text.split(',').map((entry) => {
    const at = entry.indexOf('=')
    const part = entry.slice(0, Math.max(0, at)).trim()
    if (at < 0) throw wrong(`“${entry.trim()}” in the column map is not part=column.`)
    if (!parts.includes(part)) throw wrong(`“${part}” is not a part of a pair.`)
    return [part, entry.slice(at + 1).trim()] as const
  })
  const twice = entries.find(([part], index) => entries.findIndex(([other]) => other === part) !== index)
  if (twice) throw wrong(`The column map names “${twice[0]}” twice.`)
  const parsed = columnMap.safeParse(Object.fromEntries(entries))
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const at = issue?.path.join('.')
  throw wrong(`The column map is not complete: ${at ? `${at}: ` : ''}${issue?.message}`)
}
