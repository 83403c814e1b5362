import type { Random } from '../random.ts'
import type { Colour, Place, Shape, Thing } from './scene.ts'

/** Eight bits a channel, rows from the top, no alpha. */
export type Picture = { width: number; height: number; rgb: Uint8Array }

type Rgb = readonly [number, number, number]

const PAINT: Record<Colour, Rgb> = {
  red: [222, 58, 52],
  green: [54, 176, 84],
  blue: [62, 98, 230],
  yellow: [240, 208, 62],
  purple: [156, 78, 200],
  white: [244, 244, 240],
}

const CELL: Record<Place, readonly [number, number]> = {
  'top left': [0, 0],
  'top right': [1, 0],
  'bottom left': [0, 1],
  'bottom right': [1, 1],
}

const box = (x: number, y: number, w: number, h: number): number => {
  const dx = Math.abs(x) - w
  const dy = Math.abs(y) - h
  return Math.hypot(Math.max(dx, 0), Math.max(dy, 0)) + Math.min(Math.max(dx, dy), 0)
}

/** Signed distances to shapes of radius 1 around the origin, negative inside (I. Quilez, 2D distance functions). */
const DISTANCE: Record<Shape, (x: number, y: number) => number> = {
  circle: (x, y) => Math.hypot(x, y) - 0.95,
  square: (x, y) => box(x, y, 0.76, 0.76) - 0.06,
  triangle: (x, y) => {
    // Equilateral, point up: the largest distance to its three sides, with slightly rounded corners.
    const low = y - 0.5
    const side = Math.abs(x) * 0.866 - y * 0.5 - 0.5
    return Math.max(low, side) - 0.12
  },
  cross: (x, y) => Math.min(box(x, y, 0.92, 0.24), box(x, y, 0.24, 0.92)) - 0.05,
}

type Placed = { paint: Rgb; distance: (x: number, y: number) => number; cx: number; cy: number; r: number; cos: number; sin: number }

/** Puts a thing into its quarter of the unit square, with its own size, place and slight turn. */
function place(thing: Thing, rng: Random): Placed {
  const [column, row] = CELL[thing.place]
  const turn = (rng.next() - 0.5) * 0.3
  return {
    paint: PAINT[thing.colour],
    distance: DISTANCE[thing.shape],
    cx: 0.25 + 0.5 * column + (rng.next() - 0.5) * 0.1,
    cy: 0.25 + 0.5 * row + (rng.next() - 0.5) * 0.1,
    r: 0.135 + rng.next() * 0.05,
    cos: Math.cos(turn),
    sin: Math.sin(turn),
  }
}

/** The dark ground: a colour and how it changes from left to right and from top to bottom. */
function ground(rng: Random): { base: Rgb; across: number; down: number } {
  const level = 26 + rng.next() * 44
  const tint = (): number => level + (rng.next() - 0.5) * 14
  return { base: [tint(), tint(), tint()], across: (rng.next() - 0.5) * 34, down: (rng.next() - 0.5) * 34 }
}

const unit = (x: number): number => Math.min(1, Math.max(0, x))

/**
 * Draws a scene on a dark gradient, antialiased by coverage over one pixel, with a soft shadow and a little light from above.
 * Place, size, turn and ground vary with `rng`, so that no two pictures are equal; there is no pixel noise, so that a PNG is small.
 * @param size edge in pixels
 */
export function renderScene(scene: readonly Thing[], rng: Random, size: number): Picture {
  const { base, across, down } = ground(rng)
  const light = new Float64Array(size * size * 3)
  for (let j = 0, at = 0; j < size; j++) {
    for (let i = 0; i < size; i++, at += 3) {
      const slope = across * ((i + 0.5) / size - 0.5) + down * ((j + 0.5) / size - 0.5)
      for (let k = 0; k < 3; k++) light[at + k] = (base[k] ?? 0) + slope
    }
  }
  for (const thing of scene) paint(light, size, place(thing, rng))
  // A clamped array rounds to the nearest and keeps within 0 .. 255.
  return { width: size, height: size, rgb: new Uint8Array(Uint8ClampedArray.from(light).buffer) }
}

/** Blends one thing and its shadow into the picture, over the square that they can reach. */
function paint(light: Float64Array, size: number, thing: Placed): void {
  const reach = 1.8 * thing.r
  const from = (c: number): number => Math.max(0, Math.floor((c - reach) * size))
  const to = (c: number): number => Math.min(size, Math.ceil((c + reach) * size))
  for (let j = from(thing.cy); j < to(thing.cy); j++) {
    const dy = ((j + 0.5) / size - thing.cy) / thing.r
    for (let i = from(thing.cx); i < to(thing.cx); i++) {
      const dx = ((i + 0.5) / size - thing.cx) / thing.r
      const u = dx * thing.cos + dy * thing.sin
      const v = dy * thing.cos - dx * thing.sin
      const cover = unit(0.5 - thing.distance(u, v) * thing.r * size)
      const shade = (1 - 0.45 * unit(0.5 - thing.distance(u - 0.08, v - 0.16) * 2.2)) * (1 - cover)
      const glow = (1 - 0.1 * dy) * cover
      const at = (j * size + i) * 3
      for (let k = 0; k < 3; k++) light[at + k] = (light[at + k] ?? 0) * shade + (thing.paint[k] ?? 0) * glow
    }
  }
}
