import { MARKED_STYLE, OPENAI_STYLE, type TurnStyle } from './conversation.ts'
import type { MixedColumn } from './format.ts'
import { isObject, type JsonObject, type Value } from './value.ts'
import { structured } from './structured.ts'

/** Columns whose texts are all turns; null: each record is read by itself, as of imports of older versions. */
export type TurnColumns = readonly string[] | null

const isTurn = (value: Value): boolean =>
  isObject(value) && (('role' in value && 'content' in value) || ('from' in value && 'value' in value))

/** The turns that a value lists, or the one that it is, also as JSON or Python's list in a text; null for anything else. */
export function turnsIn(value: Value | undefined): Value[] | null {
  const inside = structured(value ?? null)
  const list = isTurn(inside) ? [inside] : inside
  return Array.isArray(list) && list.length > 0 && list.every(isTurn) ? list : null
}

const isEmptyList = (value: Value | undefined): boolean => typeof value === 'string' && /^\s*\[\s*\]\s*$/.test(value)

/** As `turnsIn`, of a column that contains turns: there, `[]` is a list without any. */
export const listedTurns = (value: Value | undefined): Value[] | null => turnsIn(value) ?? (isEmptyList(value) ? [] : null)

/** How these turns are written. */
export const styleOfTurns = ([first]: readonly Value[]): TurnStyle => (isObject(first) && 'from' in first ? MARKED_STYLE : OPENAI_STYLE)

/**
 * Whether the values of all these columns are read as turns. Beside a response that is a text, one that looks like turns in JSON is
 * a text as well.
 */
export function holdTurns(columns: readonly MixedColumn[], known: TurnColumns): boolean {
  return columns.every(({ column, value, turns }) => (typeof value === 'string' && known !== null ? known.includes(column) : turns))
}

/** Records after which a column without any value is not waited for. */
const ENOUGH = 1000

/**
 * Decides for each column whether its texts are turns: all of them are, or all stay texts. A column that contains real lists
 * keeps its texts.
 */
export class TurnSurvey {
  readonly #turns = new Map<string, boolean>()
  #records = 0
  #open = true

  addColumns(columns: readonly MixedColumn[]): void {
    this.#records += 1
    for (const { column, value, turns } of columns) {
      if (this.#turns.get(column) === false || value === undefined || value === null) continue
      if (typeof value === 'string' ? value.trim() !== '' && !isEmptyList(value) : typeof value === 'object')
        this.#turns.set(column, typeof value === 'string' && turns)
    }
    this.#open = columns.some(({ column }) => this.#turns.get(column) ?? this.#records < ENOUGH)
  }

  /** Whether later records can still change the result. */
  get open(): boolean {
    return this.#open
  }

  columns(): string[] {
    return [...this.#turns].flatMap(([column, turns]) => (turns ? [column] : []))
  }
}

/** A column of this value, turns as most formats write them. */
export const mixed = (column: string, value: Value | undefined): MixedColumn => ({ column, value, turns: turnsIn(value) !== null })

/** The fields of a record as columns that may contain turns. */
export const mixedColumns = (record: JsonObject, ...columns: string[]): MixedColumn[] =>
  columns.map((column) => mixed(column, Object.hasOwn(record, column) ? record[column] : undefined))
