/**
 * Content higher than this, in CSS pixels, is scrolled on a shorter scale: browsers lay out about 17 million at most,
 * and half of that where the page is zoomed.
 */
export const TALLEST = 12_000_000
/** At both ends so many pixels are scrolled one by one, as in any list. */
const EDGE = 250_000
/** Milliseconds without scrolling after which the scroll bar is put where it belongs. */
const IDLE = 150

/** What a list shows: rows `first` to `last` in sight, and by how much its content lies above where it would without a scale. */
export type Sight = { from: number; to: number; shift: number }

/**
 * The place of the scroll bar, in pixels from 0 to `bar`, for the place `at` of 0 to `most` in the content, and back
 * with `most` and `bar` exchanged: equal within `EDGE` of either end, linear between.
 */
export function scaled(at: number, most: number, bar: number): number {
  if (most === bar || at <= EDGE) return at
  if (at >= most - EDGE) return bar - (most - at)
  return EDGE + ((at - EDGE) * (bar - 2 * EDGE)) / (most - 2 * EDGE)
}

/** What the store needs of an element that scrolls. */
export type Scroller = Pick<HTMLElement, 'clientHeight' | 'scrollTop'>

/**
 * Where in its rows, all of one height, a scroller is: in content of any height, in a scroller of at most `TALLEST`
 * pixels. Scrolling by wheel or key moves pixel by pixel; a drag of the scroll bar, whose least step is thousands of
 * pixels there, goes to the same share of the content; afterwards the scroll bar is put to the share that is shown,
 * without anything moving in sight.
 */
export class RowScroll {
  readonly #row: number
  readonly #top: number
  #count: number
  #scroller: Scroller | null = null
  /** Place in the content, and what it is more than the scroller's. */
  #at: number
  #shift = 0
  #sight: Sight
  #timer: ReturnType<typeof setTimeout> | undefined
  #listeners = new Set<() => void>()
  #moved: (at: number) => void = () => {}

  /**
   * @param sizes heights in CSS pixels: of a row, and of what stands above the rows and stays in sight
   * @param start place in the content to begin at, in pixels
   * @param drawn rows to draw before the scroller has been measured
   */
  constructor(count: number, { row, top }: { row: number; top: number }, start: number, drawn: number) {
    this.#row = row
    this.#top = top
    this.#count = count
    this.#at = start
    this.#sight = { from: Math.floor(start / row), to: Math.floor(start / row) + drawn, shift: 0 }
  }

  /** Height to lay out for the rows, in pixels. */
  static height = (count: number, row: number): number => Math.min(count * row, TALLEST)

  sight = (): Sight => this.#sight
  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** Calls `moved` with each new place in the content, in pixels. */
  onMove(moved: (at: number) => void): void {
    this.#moved = moved
  }

  /** Takes a scroller, laid out at `height` with the rows there are; null takes it away. */
  attach(scroller: Scroller | null): void {
    this.#scroller = scroller
    clearTimeout(this.#timer)
    if (scroller) this.#go(this.#at)
  }

  /** There are so many rows now; what is in sight stays. */
  resize(count: number): void {
    if (count === this.#count) return
    this.#count = count
    // Without a scale the browser itself keeps what is in sight.
    if (this.#scroller && (this.#shift !== 0 || count * this.#row > TALLEST)) this.#go(this.#at)
  }

  /** The scroller was scrolled or has another size. */
  scrolled = (): void => {
    const scroller = this.#scroller
    if (!scroller) return
    const { most, bar } = this.#ends(scroller)
    const place = scroller.scrollTop
    // A step of the scroll bar is no less than this, so what is less was scrolled by wheel or key.
    const jump = Math.abs(place - (this.#at - this.#shift)) > bar / scroller.clientHeight / 2
    if (most === bar) this.#shift = 0
    else if (jump) this.#shift = scaled(place, bar, most) - place
    this.#at = Math.max(0, Math.min(most, place + this.#shift))
    clearTimeout(this.#timer)
    if (Math.abs(this.#shift - (this.#at - scaled(this.#at, most, bar))) > 1) {
      // At its end a scroller goes no further, though the content may.
      if (place <= 0 || place >= bar - 1) return this.#go(this.#at)
      this.#timer = setTimeout(() => this.#go(this.#at), IDLE)
    }
    this.#publish()
  }

  /** Scrolls as little as is needed to bring a row into sight. */
  reveal(index: number): void {
    const scroller = this.#scroller
    if (!scroller) return
    const above = index * this.#row
    const below = above + this.#row + this.#top - scroller.clientHeight
    if (this.#at > above) this.#go(above)
    else if (this.#at < below) this.#go(below)
  }

  /** Puts content and scroll bar to where they belong for this place. */
  #go(at: number): void {
    const scroller = this.#scroller
    if (!scroller) return
    const { most, bar } = this.#ends(scroller)
    this.#at = Math.max(0, Math.min(most, at))
    scroller.scrollTop = scaled(this.#at, most, bar)
    // The browser rounds, and may not have laid out all the rows yet.
    this.#shift = most === bar ? 0 : this.#at - scroller.scrollTop
    if (most === bar) this.#at = scroller.scrollTop
    this.#publish()
  }

  #ends({ clientHeight }: Scroller): { most: number; bar: number } {
    const end = (height: number) => Math.max(0, height + this.#top - clientHeight)
    return { most: end(this.#count * this.#row), bar: end(RowScroll.height(this.#count, this.#row)) }
  }

  #publish(): void {
    const scroller = this.#scroller
    if (!scroller) return
    this.#moved(this.#at)
    const next = {
      from: Math.floor(this.#at / this.#row),
      to: Math.ceil((this.#at + scroller.clientHeight - this.#top) / this.#row),
      shift: this.#shift,
    }
    const { from, to, shift } = this.#sight
    if (from === next.from && to === next.to && shift === next.shift) return
    this.#sight = next
    for (const listener of this.#listeners) listener()
  }
}
