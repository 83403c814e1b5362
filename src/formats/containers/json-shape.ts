import { BlindfoldError } from '../../core/errors.ts'
import { isObject, type Value } from '../value.ts'

/** One step from the top of a JSON text to its records: a key, any key (`*`), or any entry of a list (`[]`). */
export type Step = string

/** Where the records of a JSON text that begins with `{` stand: one a line, or at these steps from its top. */
export type JsonShape = { lines: true } | { lines: false; steps: Step[] }

/** Names that a record's own fields go by: an object that has one of these is a record and wraps none. */
const FIELDS =
  /^(prompt|question|query|instruction|input|text|messages?|conversations?|conversation_[ab12]|chosen.*|reject(ed)?.*|preferred.*|(non|dis)_?preferred.*|responses?([ _]?[ab012])?|outputs?[ _]?[ab012]|answers?([ _]?[ab012])?|completions?|completion_[ab12]|label|image|images|img_path|good|bad|blindfold)$/i
/** Of these, the ones that a wrapper hardly has: two of them are a record, whatever it lists beside them. */
const STRONG =
  /^(blindfold|prompt|question|query|instruction|messages|conversations?|chosen.*|reject(ed)?.*|(non_?)?preferred.*|(response|output|completion).*)$/i
/** Names of lists that are the splits of one data set. */
const SPLITS = /^(train(ing)?|test(ing)?|val(id(ation)?)?|dev|eval(uation)?)([-_].*)?$/i
/** What a wrapper calls its records, where it holds several lists. */
const RECORDS = /^(data|rows|records|pairs|examples|items|instances|samples|entries|dataset|results)$/i
const TURN = ['role', 'from', 'type']

const isRecordList = (value: Value | undefined): value is Value[] => {
  const first = Array.isArray(value) ? value[0] : undefined
  return isObject(first) && !TURN.some((key) => key in first)
}

/** Whether an object has fields that a record of pairs has. */
export const isRecordLike = (value: Value | undefined): boolean =>
  isObject(value) && Object.keys(value).filter((key) => FIELDS.test(key)).length >= 2

/**
 * How the records of a JSON text that begins with `{` stand in it, by its first bytes: one a line (JSONL), several
 * objects after one another, in a list that an object wraps (`{"data": [...]}`, `{"data": {"train": [...]}}`, `{"rows":
 * [{"row": {...}}]}`), or keyed by their ids.
 *
 * @param head the beginning of the text, or all of it
 * @throws BlindfoldError FORMAT_UNKNOWN where it is a table in columns, or holds several lists of which none is known to be the records
 */
export function jsonShape(head: string, file: string): JsonShape {
  const { value, end } = partialJson(head)
  if (!isObject(value)) return { lines: true }
  const start = head.length - head.trimStart().length
  const oneLine = !head.slice(start, end ?? head.length).includes('\n')
  const behind = end === null ? '' : head.slice(end).trimStart()
  if (behind !== '') return oneLine || !behind.startsWith('{') ? { lines: true } : { lines: false, steps: [] }
  const steps = wrapped(Object.entries(value), end === null, file)
  if (steps) return { lines: false, steps }
  const broken = end === null && /\n\{/.test(head.trimStart())
  return oneLine || broken ? { lines: true } : { lines: false, steps: [] }
}

/**
 * The steps to the records inside an object of these entries; null where it is a record itself.
 *
 * @param cut whether the last entry may not be whole
 */
function wrapped(entries: [string, Value][], cut: boolean, file: string): Step[] | null {
  const columns = columnsShape(entries, cut)
  if (columns !== null) {
    const remedy = 'Write one record per line. In pandas: df.to_json("pairs.jsonl", orient="records", lines=True).'
    throw new BlindfoldError('FORMAT_UNKNOWN', `${file} stores its records ${columns}.`, { file, remedy })
  }
  if (entries.filter(([key]) => STRONG.test(key)).length >= 2) return null
  const lists = entries.filter((entry): entry is [string, Value[]] => isRecordList(entry[1]) && !FIELDS.test(entry[0]))
  const like = lists.filter(([, [first]]) => isRecordLike(first) || (isObject(first) && isRecordLike(first['row'])))
  // An object with fields of a record is one, unless what it lists are clearly the records.
  if (like.length === 0 && entries.some(([key]) => FIELDS.test(key))) return null
  const found = [like, lists.filter(([key]) => RECORDS.test(key)), lists].find(({ length }) => length > 0) ?? []
  if (found.length > 0 && found.every(([key]) => SPLITS.test(key))) return ['*', '[]']
  const [only] = found
  if (only && found.length === 1)
    return isObject(only[1][0]) && isObject(only[1][0]['row']) && 'row_idx' in only[1][0] ? [only[0], '[]', 'row'] : [only[0], '[]']
  if (found.length > 1) {
    const names = found.map(([key]) => `“${key}”`).join(', ')
    throw new BlindfoldError('FORMAT_UNKNOWN', `${file} is one object with several lists: ${names}.`, {
      file,
      remedy: 'Write the list of pairs to a separate file.',
    })
  }
  for (const [key, value] of entries) {
    const inner = isObject(value) ? Object.entries(value).flatMap(([name, list]) => (isRecordList(list) ? [name] : [])) : []
    if (inner.length > 0 && inner.every((name) => SPLITS.test(name))) return [key, '*', '[]']
    if (inner.length === 1 && !FIELDS.test(inner[0] as string)) return [key, inner[0] as string, '[]']
  }
  const whole = cut ? entries.slice(0, -1) : entries
  const keyed = whole.length > 0 && whole.every(([key, value]) => !FIELDS.test(key) && isRecordLike(value))
  return keyed ? ['*'] : null
}

/** In words, where the object is a table in columns: as pandas writes it by default, split, or as lists. */
function columnsShape(entries: [string, Value][], cut: boolean): string | null {
  const [columns, data] = ['columns', 'data'].map((name) => entries.find(([key]) => key === name)?.[1])
  if (Array.isArray(columns) && columns.every((name) => typeof name === 'string') && Array.isArray(data) && Array.isArray(data[0]))
    return 'as “columns” and “data” (pandas, orient="split")'
  if (entries.length < 2) return null
  const numbered = (value: Value): boolean =>
    isObject(value) && Object.keys(value).length > 0 && Object.keys(value).every((key) => /^\d+$/.test(key))
  // The last column may be cut off, for only the beginning of the file is looked at.
  const whole = cut ? entries.slice(0, -1) : entries
  if (whole.every(([key, value]) => numbered(value) && (FIELDS.test(key) || !Object.values(value as object).some(isRecordLike)))) {
    return 'by column: {"prompt": {"0": ..., "1": ...}, ...} (pandas, orient="columns")'
  }
  const listed = (value: Value): boolean => Array.isArray(value) && value.length > 0 && !isObject(value[0])
  if (whole.every(([, value]) => listed(value)) && whole.filter(([key]) => FIELDS.test(key)).length >= 2)
    return 'by column: {"prompt": [...], "chosen": [...], ...}'
  return null
}

/**
 * The first JSON value of a text that may be damaged or end before it does: what there is of it up to there, and where it
 * ends; `end` is null where it does not, `value` undefined where there is none. Deeper than 100 levels nothing is kept.
 */
export function partialJson(text: string): { value: Value | undefined; end: number | null } {
  const token = /\s*(?:([[{])|([\]}])|([,:])|("[^"\\]*(?:\\.[^"\\]*)*")|([^\s[\]{},:"]+))/y
  type Frame = { value: Value[] | { [key: string]: Value }; key: string | null }
  const stack: Frame[] = []
  let root: Value | undefined
  const put = (value: Value): void => {
    const frame = stack.at(-1)
    if (!frame) root = value
    else if (Array.isArray(frame.value)) {
      if (stack.length <= 100) frame.value.push(value)
    } else if (frame.key === null) frame.key = typeof value === 'string' ? value : ''
    else {
      Object.defineProperty(frame.value, frame.key, { value, enumerable: true, configurable: true, writable: true })
      frame.key = null
    }
  }
  for (;;) {
    const found = token.exec(text)
    if (!found) return { value: root, end: null }
    const [, open, close, , quoted, word] = found
    if (open) {
      const value = open === '[' ? [] : {}
      put(value)
      stack.push({ value, key: null })
    } else if (close) {
      if (stack.length === 0 || Array.isArray(stack.at(-1)?.value) !== (close === ']')) return { value: root, end: null }
      stack.pop()
    } else if (quoted !== undefined) {
      try {
        put(JSON.parse(quoted) as string)
      } catch {
        return { value: root, end: null }
      }
    } else if (word !== undefined) put(word === 'null' ? null : word === 'true' ? true : word === 'false' ? false : Number(word))
    if (stack.length === 0 && root !== undefined) return { value: root, end: token.lastIndex }
  }
}
