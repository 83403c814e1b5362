import type { PairRow } from '../../../src/contract/pairs.ts'

export interface PairPage {
  rows: PairRow[]
  nextCursor: string | null
}

/** Where pages come from. */
export interface PageSource {
  /** The page at a cursor; each has as many rows as the list's pages, but for the last. */
  fetch: (cursor: string | null) => Promise<PairPage>
  /** Cursors of the pages that follow the one at `cursor`, `most` of them unless the list ends before. */
  ahead: (cursor: string | null, most: number) => Promise<string[]>
}

/** What a list shows of its pages at one moment; a new object whenever that changes. */
export interface PagesState {
  /** Rows that are known to be there, whether or not they are in memory. */
  length: number
  /** Nothing comes after them. */
  ended: boolean
  /** What the last call threw, until one succeeds. */
  error: unknown
  /** The row at a place from 0; undefined while it is being fetched. */
  row: (index: number) => PairRow | undefined
}

/** Pages in memory at a time, around what is in sight. */
const KEPT = 12
/** Pages that are fetched before and after those in sight. */
const AHEAD = 1
/** Pages whose cursors are asked for at a time where the reader jumps ahead of what is known. */
const JUMP = 100

/**
 * A list of pairs of any length, page by page: only the pages near what is in sight are held. The cursors of all pages
 * passed so far are kept, so a page can be fetched again; those of pages that the reader jumps over are asked for without
 * their rows. What is done per call does not grow with the list.
 */
export class PairPages {
  readonly #size: number
  readonly #source: PageSource
  readonly #cursors: (string | null)[] = [null]
  readonly #pages = new Map<number, { rows: PairRow[]; fresh: boolean }>()
  /** Rows on the last page, once it is known. */
  #last: number | null = null
  #window: [number, number] = [0, 0]
  #running = false
  #revision: number
  #error: unknown = null
  #listeners = new Set<() => void>()
  #state: PagesState = { length: 0, ended: false, error: null, row: () => undefined }

  /** @param size rows a page */
  constructor(size: number, source: PageSource, revision = 0) {
    this.#size = size
    this.#source = source
    this.#revision = revision
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  state = (): PagesState => this.#state

  /** Says which rows are in sight, by their places. Fetches their pages and those beside them. */
  show(first: number, last: number): void {
    const page = (index: number) => Math.max(0, Math.floor(index / this.#size))
    this.#window = [Math.max(0, page(first) - AHEAD), page(last) + AHEAD]
    void this.#run()
  }

  /** Refetches the visible pages, unless that was done at this revision already. Old rows stay until new ones are there. */
  refresh(revision: number): void {
    if (revision === this.#revision) return
    this.#revision = revision
    for (const page of this.#pages.values()) page.fresh = false
    void this.#run()
  }

  /** Tries again after an error. */
  retry = (): void => void this.#run()

  /** The place of a pair, looked for in the pages that are in memory; null where it is not among them. */
  find(pairId: number): number | null {
    for (const [page, { rows }] of this.#pages) {
      const at = rows.findIndex((row) => row.pairId === pairId)
      if (at >= 0) return page * this.#size + at
    }
    return null
  }

  /** The numbers of the pairs at these places, both ends included; fetches pages that are not in memory. */
  async ids(first: number, last: number): Promise<number[]> {
    const ids: number[] = []
    while (await this.#jump(Math.floor(last / this.#size)));
    for (let page = Math.floor(first / this.#size); page <= Math.floor(last / this.#size) && page < this.#cursors.length; page++) {
      const rows = this.#pages.get(page)?.rows ?? (await this.#source.fetch(this.#cursors[page] ?? null)).rows
      const from = page * this.#size
      ids.push(...rows.slice(Math.max(0, first - from), last - from + 1).map((row) => row.pairId))
    }
    return ids
  }

  async #run(): Promise<void> {
    if (this.#running) return
    this.#running = true
    try {
      for (let page = this.#next(); page !== null; page = this.#next()) {
        if (await this.#jump(this.#window[0])) continue
        const revision = this.#revision
        const { rows, nextCursor } = await this.#source.fetch(this.#cursors[page] ?? null)
        this.#take(page, rows, nextCursor, revision === this.#revision)
        this.#error = null
        this.#publish()
      }
    } catch (error) {
      this.#error = error
      this.#publish()
    } finally {
      this.#running = false
    }
  }

  /** Where a page lies beyond those that are known, comes nearer to it; false where it is near enough, or the list ends. */
  async #jump(page: number): Promise<boolean> {
    const known = this.#cursors.length
    if (this.#last !== null || page <= known) return false
    const most = Math.min(JUMP, page - known + 1)
    const cursors = await this.#source.ahead(this.#cursors.at(-1) ?? null, most)
    // Meanwhile the other of the two that jump may have gone the same way.
    if (this.#cursors.length === known) this.#cursors.push(...cursors)
    this.#publish()
    return cursors.length > 0
  }

  /** The first page in sight, or beside it, that is to be fetched and whose cursor is known. */
  #next(): number | null {
    const [from, to] = this.#window
    // Where rows went, the list may end before what was in sight.
    const start = Math.min(from, this.#cursors.length - 1)
    for (let page = start; page <= Math.min(to, this.#cursors.length - 1); page++) {
      if (!this.#pages.get(page)?.fresh) return page
    }
    return null
  }

  #take(page: number, rows: PairRow[], nextCursor: string | null, fresh: boolean): void {
    this.#pages.set(page, { rows, fresh })
    if (nextCursor === null) {
      this.#cursors.length = page + 1
      this.#last = rows.length
      for (const later of [...this.#pages.keys()]) if (later > page) this.#pages.delete(later)
    } else {
      const after = this.#pages.get(page + 1)
      if (page + 1 === this.#cursors.length) this.#last = null
      else if (this.#cursors[page + 1] !== nextCursor && after) after.fresh = false
      this.#cursors[page + 1] = nextCursor
    }
    if (this.#pages.size > KEPT) {
      const [from, to] = this.#window
      const distance = (each: number) => Math.max(from - each, each - to)
      const farthest = [...this.#pages.keys()].reduce((a, b) => (distance(b) > distance(a) ? b : a))
      if (distance(farthest) > 0) this.#pages.delete(farthest)
    }
  }

  #publish(): void {
    const size = this.#size
    const full = (this.#cursors.length - 1) * size
    this.#state = {
      length: full + (this.#last ?? 0),
      ended: this.#last !== null,
      error: this.#error,
      row: (index) => this.#pages.get(Math.floor(index / size))?.rows[index % size],
    }
    for (const listener of this.#listeners) listener()
  }
}
