import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { PairRow } from '../../../src/contract/pairs.ts'
import { type PairPage, PairPages } from './pair-pages.ts'

const SIZE = 5
const row = (pairId: number) => ({ pairId }) as PairRow

/** A queue as the backend has it: pages after a cursor, by number. Counts what it was asked for. */
class Store {
  calls = 0
  /** Calls for cursors alone. */
  jumps = 0
  ids: number[]
  constructor(count: number) {
    this.ids = Array.from({ length: count }, (_, i) => i + 1)
  }
  fetch = async (cursor: string | null): Promise<PairPage> => {
    this.calls++
    const rest = this.ids.filter((id) => id > Number(cursor ?? 0))
    const rows = rest.slice(0, SIZE)
    return { rows: rows.map(row), nextCursor: rest.length > SIZE ? String(rows.at(-1)) : null }
  }
  ahead = async (cursor: string | null, most: number): Promise<string[]> => {
    this.jumps++
    const rest = this.ids.filter((id) => id > Number(cursor ?? 0))
    return Array.from({ length: most }, (_, page) => (page + 1) * SIZE).flatMap((end) => (end < rest.length ? [String(rest[end - 1])] : []))
  }
}

/** Long enough for whatever was asked of the store: it answers at once. */
async function settled(): Promise<void> {
  for (let i = 0; i < 150; i++) await null
}

/** Looks at these rows and waits until nothing is fetched any more. */
async function look(pages: PairPages, first: number, last: number): Promise<(number | undefined)[]> {
  pages.show(first, last)
  await settled()
  const { length, row: at } = pages.state()
  return Array.from({ length: Math.max(0, Math.min(last + 1, length) - first) }, (_, i) => at(first + i)?.pairId)
}

test('scrolling down shows every row once and in order, and knows the end', async () => {
  const store = new Store(63)
  const pages = new PairPages(SIZE, store)
  const seen: (number | undefined)[] = []
  for (let first = 0; first < 63; first += 3) seen.push(...(await look(pages, first, first + 2)))
  expect(seen).toEqual(store.ids)
  expect(pages.state()).toMatchObject({ length: 63, ended: true })
  // Each page was fetched once, and those far away are not held.
  expect(store.calls).toBe(13)
  expect(pages.state().row(0)).toBeUndefined()
  expect(await look(pages, 0, 2)).toEqual([1, 2, 3])
})

test('a list without rows is known to be one', async () => {
  const pages = new PairPages(SIZE, new Store(0))
  await look(pages, 0, 20)
  expect(pages.state()).toMatchObject({ length: 0, ended: true, error: null })
})

test('whatever rows come and go, what is in sight is right after a refresh, and asked for by few calls', async () => {
  const change = fc.record({
    remove: fc.array(fc.nat(80), { maxLength: 12 }),
    add: fc.array(fc.nat(90), { maxLength: 12 }),
    first: fc.nat(60),
  })
  await fc.assert(
    fc.asyncProperty(fc.nat(60), fc.array(change, { minLength: 1, maxLength: 4 }), async (count, changes) => {
      const store = new Store(count)
      const pages = new PairPages(SIZE, store)
      for (let first = 0; first < count; first += SIZE) await look(pages, first, first + SIZE)
      let revision = 0
      for (const { remove, add, first } of changes) {
        await look(pages, first, first + 6)
        store.ids = [...new Set([...store.ids.filter((id) => !remove.includes(id)), ...add.map((id) => id + 1)])].sort((a, b) => a - b)
        const before = store.calls
        pages.refresh(++revision)
        const shown = await look(pages, first, first + 6)
        const ids = shown.filter((id) => id !== undefined)
        // Known rows are the store's own, neighbours are neighbours, and none is shown twice.
        for (const [i, id] of ids.entries()) {
          expect(store.ids).toContain(id)
          if (i > 0) expect(store.ids.indexOf(id)).toBe(store.ids.indexOf(ids[i - 1]!) + 1)
        }
        expect(shown.length).toBe(ids.length)
        expect(store.calls - before).toBeLessThan(25)
      }
      // From the top down everything is there again.
      const all: (number | undefined)[] = []
      for (let first = 0; ; first += SIZE) {
        const page = await look(pages, first, first + SIZE - 1)
        if (page.length === 0) break
        all.push(...page)
      }
      expect(all).toEqual(store.ids)
    }),
    { numRuns: 60 },
  )
})

test('a refresh at the same revision asks for nothing, and old rows stay until new ones come', async () => {
  const store = new Store(20)
  const pages = new PairPages(SIZE, store, 7)
  await look(pages, 0, 4)
  const before = store.calls
  pages.refresh(7)
  await settled()
  expect(store.calls).toBe(before)
  pages.refresh(8)
  expect(pages.state().row(0)?.pairId).toBe(1)
  await settled()
  expect(store.calls).toBeGreaterThan(before)
})

test('an error is told and the next try goes on where it stopped', async () => {
  const store = new Store(20)
  let broken = true
  const pages = new PairPages(SIZE, {
    fetch: (cursor) => (broken ? Promise.reject(new Error('lost')) : store.fetch(cursor)),
    ahead: store.ahead,
  })
  await look(pages, 0, 4)
  expect(pages.state().error).toEqual(new Error('lost'))
  broken = false
  pages.retry()
  await settled()
  await settled()
  expect(pages.state()).toMatchObject({ error: null })
  expect(pages.state().row(3)?.pairId).toBe(4)
})

test('the numbers of a range are found also where its pages were let go', async () => {
  const store = new Store(200)
  const pages = new PairPages(SIZE, store)
  for (let first = 0; first < 200; first += SIZE) await look(pages, first, first + SIZE - 1)
  expect(await pages.ids(2, 17)).toEqual(store.ids.slice(2, 18))
  expect(pages.find(199)).toBe(198)
  expect(pages.find(1)).toBeNull()
})

test('a jump far down fetches the rows there and none before, and the end of the list is found from any guess of it', async () => {
  const store = new Store(20_003)
  const pages = new PairPages(SIZE, store)
  expect(await look(pages, 0, 4)).toEqual([1, 2, 3, 4, 5])
  const before = store.calls
  expect(await look(pages, 15_000, 15_009)).toEqual(store.ids.slice(15_000, 15_010))
  // Its pages and those beside them; their places 100 pages at a time.
  expect(store.calls - before).toBeLessThan(6)
  expect(store.jumps).toBeLessThan(35)
  // As many rows as were counted before some went.
  pages.show(25_000, 25_010)
  for (let i = 0; i < 5; i++) await settled()
  expect(pages.state()).toMatchObject({ length: 20_003, ended: true })
  expect(await look(pages, 20_000, 20_010)).toEqual([20_001, 20_002, 20_003])
  expect(await look(pages, 0, 2)).toEqual([1, 2, 3])
})

test('a range that ends where nobody has looked yet has its numbers', async () => {
  const store = new Store(3000)
  const pages = new PairPages(SIZE, store)
  await look(pages, 0, 4)
  expect(await pages.ids(2, 1207)).toEqual(store.ids.slice(2, 1208))
  expect(await pages.ids(2990, 3100)).toEqual(store.ids.slice(2990))
})
