import { PROMPT_TYPES } from './prompt-type.ts'
import type { Quadrant } from '../losses.ts'

/** A scored pair, without its texts. Margins in log-odds, lengths in characters. */
export type ScoredRow = {
  id: number
  source: string
  split: string
  /** The group's name as a number. */
  group: number
  margin: number
  /** Held-out margin of an MM-RM, and which: a run's id or `probe:ID`. */
  mm: number | null
  reference: string | null
  /** Of both losses; null where no MM-RM has scored the pair. */
  auditSfc: number | null
  quadrant: Quadrant
  /** Images that the pair names, missing ones included. */
  images: number
  /** Probability that the label is wrong; null where no MM-RM has scored the pair. */
  suspect: number | null
  chosenLength: number
  rejectedLength: number
  /** Place in `PROMPT_TYPES`. */
  promptType: number
  chosenHash: number
  rejectedHash: number
}

const NUMBERS = [
  'id',
  'group',
  'images',
  'margin',
  'mm',
  'auditSfc',
  'suspect',
  'chosenLength',
  'rejectedLength',
  'promptType',
  'chosenHash',
  'rejectedHash',
] as const
const NAMES = ['source', 'split', 'reference', 'quadrant'] as const
type NumberColumn = (typeof NUMBERS)[number]
type NameColumn = (typeof NAMES)[number]

/** Scored pairs by column, `n` of each; what is null is NaN. Names are places in `names`, sorted; -1 where there is none. */
export type Scored = {
  n: number
  numbers: Record<NumberColumn, Float64Array>
  places: Record<NameColumn, Int32Array>
  names: Record<NameColumn, string[]>
}

/** Collects rows into columns, a million of them in the memory that their numbers need. */
export class ScoredColumns {
  #n = 0
  readonly #numbers = new Map<NumberColumn, number[]>(NUMBERS.map((column) => [column, []]))
  readonly #places = new Map<NameColumn, number[]>(NAMES.map((column) => [column, []]))
  readonly #names = new Map<NameColumn, Map<string, number>>(NAMES.map((column) => [column, new Map()]))

  addRows(rows: readonly ScoredRow[]): void {
    this.#n += rows.length
    for (const column of NUMBERS) {
      const values = this.#numbers.get(column) as number[]
      for (const row of rows) values.push(row[column] ?? Number.NaN)
    }
    for (const column of NAMES) {
      const values = this.#places.get(column) as number[]
      const known = this.#names.get(column) as Map<string, number>
      for (const row of rows) {
        const name = row[column]
        if (name !== null && !known.has(name)) known.set(name, known.size)
        values.push(name === null ? -1 : (known.get(name) as number))
      }
    }
  }

  finish(): Scored {
    const numbers = Object.fromEntries(NUMBERS.map((column) => [column, Float64Array.from(this.#numbers.get(column) as number[])]))
    const names = Object.fromEntries(NAMES.map((column) => [column, [...(this.#names.get(column) as Map<string, number>).keys()].sort()]))
    const places = Object.fromEntries(
      NAMES.map((column) => {
        const known = [...(this.#names.get(column) as Map<string, number>).keys()]
        const sorted = known.map((name) => (names[column] as string[]).indexOf(name))
        return [column, Int32Array.from(this.#places.get(column) as number[], (place) => (place < 0 ? -1 : (sorted[place] as number)))]
      }),
    )
    return { n: this.#n, numbers, places, names } as Scored
  }
}

/** The rows at these places, their names as they are. */
export function pick({ numbers, places, names }: Scored, rows: Uint32Array): Scored {
  const of = <Column extends Float64Array | Int32Array>(columns: Record<string, Column>) =>
    Object.fromEntries(
      Object.entries(columns).map(([name, column]) => [
        name,
        column.constructor === Float64Array
          ? Float64Array.from(rows, (i) => column[i] as number)
          : Int32Array.from(rows, (i) => column[i] as number),
      ]),
    )
  return { n: rows.length, numbers: of(numbers), places: of(places), names } as Scored
}

/** Places of the rows that a test holds for. */
export function rowsWhere(n: number, test: (row: number) => boolean): Uint32Array {
  const rows = new Uint32Array(n)
  let count = 0
  for (let i = 0; i < n; i++) if (test(i)) rows[count++] = i
  return rows.slice(0, count)
}

/** The rows that a report is about: pairs that name an image, present or missing; where none does, all. */
export function judgedRows({ n, numbers: { images } }: Scored): Uint32Array {
  const named = rowsWhere(n, (i) => (images[i] as number) > 0)
  return named.length > 0 ? named : rowsWhere(n, () => true)
}

export const promptTypeName = (place: number): string => PROMPT_TYPES[place] ?? 'other'
