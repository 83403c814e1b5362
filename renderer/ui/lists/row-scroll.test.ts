import fc from 'fast-check'
import { expect, test, vi } from 'vitest'
import { RowScroll, scaled, type Scroller, TALLEST } from './row-scroll.ts'

const ROW = 58
const TOP = 30
const VIEW = 700

/** A scroller as browsers have it: places are kept within its ends and on whole device pixels. */
class Pane implements Scroller {
  clientHeight = VIEW
  count: number
  #at = 0
  constructor(count: number) {
    this.count = count
  }
  get end() {
    return Math.max(0, RowScroll.height(this.count, ROW) + TOP - VIEW)
  }
  get scrollTop() {
    return this.#at
  }
  set scrollTop(value: number) {
    this.#at = Math.round(Math.max(0, Math.min(this.end, value)))
  }
}

function list(count: number, start = 0) {
  const pane = new Pane(count)
  const scroll = new RowScroll(count, { row: ROW, top: TOP }, start, 30)
  scroll.attach(pane)
  const by = (pixels: number) => {
    pane.scrollTop += pixels
    scroll.scrolled()
  }
  /** Where a row is seen, in pixels below the top of the pane. */
  const seen = (index: number) => index * ROW - scroll.sight().shift - pane.scrollTop
  return { pane, scroll, by, seen }
}

test('the scale has no jump, loses no order, and is turned back by itself', () => {
  fc.assert(
    fc.property(fc.integer({ min: TALLEST, max: 20 * TALLEST }), fc.double({ min: 0, max: 1, noNaN: true }), (most, share) => {
      const bar = TALLEST - VIEW
      const at = share * most
      expect(scaled(scaled(at, most, bar), bar, most)).toBeCloseTo(at, 4)
      expect(scaled(Math.min(most, at + 1), most, bar)).toBeGreaterThanOrEqual(scaled(at, most, bar))
      expect(scaled(0, most, bar)).toBe(0)
      expect(scaled(most, most, bar)).toBe(bar)
    }),
  )
})

test.each([10, 1000, 1_000_000, 3_000_000])('of %i rows, each can be revealed, the last too, and is drawn where it is seen', (count) => {
  const { pane, scroll, seen } = list(count)
  for (const share of [0, 0.001, 0.03, 0.2, 0.5, 0.77, 0.999, 1, 0.4, 0]) {
    const index = Math.round(share * (count - 1))
    scroll.reveal(index)
    const { from, to } = scroll.sight()
    expect(index).toBeGreaterThanOrEqual(from)
    expect(index).toBeLessThanOrEqual(to)
    expect(seen(index)).toBeGreaterThanOrEqual(-1)
    expect(seen(index) + ROW + TOP).toBeLessThanOrEqual(VIEW + 1)
    // What is drawn lies within what is laid out, or the browser would not scroll to it.
    expect(index * ROW - scroll.sight().shift).toBeLessThanOrEqual(RowScroll.height(count, ROW))
    expect(pane.scrollTop).toBeLessThanOrEqual(pane.end)
  }
})

test('a wheel moves pixel by pixel anywhere, over any distance, and putting the scroll bar right moves nothing in sight', () => {
  vi.useFakeTimers()
  try {
    fc.assert(
      fc.property(
        fc.nat(999_000),
        fc.array(fc.tuple(fc.integer({ min: -1500, max: 1500 }), fc.boolean()), { maxLength: 40 }),
        (index, steps) => {
          const { scroll, by, seen } = list(1_000_000, index * ROW)
          for (const [pixels, rest] of steps) {
            const { from } = scroll.sight()
            const before = seen(from)
            const most = 1_000_000 * ROW + TOP - VIEW
            const at = from * ROW - before
            by(pixels)
            expect(seen(from) - before).toBeCloseTo(-(Math.max(0, Math.min(most, at + pixels)) - at), 4)
            const now = seen(from)
            if (rest) vi.advanceTimersByTime(1000)
            expect(seen(from)).toBeCloseTo(now, 4)
          }
        },
      ),
      { numRuns: 200 },
    )
  } finally {
    vi.useRealTimers()
  }
})

test('scrolling up on and on from the middle comes to the first row, and down to the last', () => {
  const { scroll, by, seen } = list(300_000, 150_000 * ROW)
  for (let i = 0; i < 10_000 && scroll.sight().from > 0; i++) by(-1000)
  for (let i = 0; i < 3; i++) by(-1000)
  expect(seen(0)).toBe(0)
  for (let i = 0; i < 30_000 && scroll.sight().to < 300_000; i++) by(1000)
  for (let i = 0; i < 3; i++) by(1000)
  expect(seen(299_999) + ROW + TOP).toBe(VIEW)
})

test('a drag of the scroll bar goes to that share of the rows, and its ends are theirs', () => {
  const { pane, scroll } = list(1_000_000)
  for (const share of [0.5, 0.25, 1, 0.75, 0]) {
    pane.scrollTop = share * pane.end
    scroll.scrolled()
    expect(scroll.sight().from / (1_000_000 - VIEW / ROW)).toBeCloseTo(share, 1)
  }
  expect(scroll.sight()).toMatchObject({ from: 0, shift: 0 })
  pane.scrollTop = pane.end
  scroll.scrolled()
  expect(scroll.sight().to).toBe(1_000_000)
})

test('rows that come keep what is in sight; rows that go keep it within the list', () => {
  const { pane, scroll, seen } = list(400_000, 390_000 * ROW)
  const { from } = scroll.sight()
  const before = seen(from)
  pane.count = 900_000
  scroll.resize(900_000)
  expect(seen(from)).toBe(before)
  pane.count = 1000
  scroll.resize(1000)
  expect(scroll.sight()).toMatchObject({ to: 1000, shift: 0 })
})
