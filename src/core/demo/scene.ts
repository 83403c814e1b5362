import type { Random } from '../random.ts'

/** The names are the words that the descriptions use. */
export const COLOURS = ['red', 'green', 'blue', 'yellow', 'purple', 'white'] as const
export const SHAPES = ['circle', 'square', 'triangle', 'cross'] as const
export const PLACES = ['top left', 'top right', 'bottom left', 'bottom right'] as const

export type Colour = (typeof COLOURS)[number]
export type Shape = (typeof SHAPES)[number]
export type Place = (typeof PLACES)[number]

/** One thing in the picture. Every place holds at most one. */
export type Thing = { colour: Colour; shape: Shape; place: Place }
export type Change = 'colour' | 'shape' | 'place'

/** One to three things in different places; two are the most likely. */
export function drawScene(rng: Random): Thing[] {
  const places = rng.sample(PLACES, rng.pick([1, 2, 2, 3]))
  return places.map((place) => ({ colour: rng.pick(COLOURS), shape: rng.pick(SHAPES), place }))
}

/**
 * The same description with one fact of one thing changed, so that it is false of the scene. A changed place is one that is
 * empty: two things in one place could be told apart from a true description without the picture.
 */
export function changeOneFact(described: readonly Thing[], scene: readonly Thing[], rng: Random): { things: Thing[]; change: Change } {
  const at = rng.int(described.length)
  const change = rng.pick(['colour', 'shape', 'place'] as const)
  const things = described.map((thing, i): Thing => {
    if (i !== at) return thing
    if (change === 'colour') return { ...thing, colour: rng.pick(COLOURS.filter((c) => c !== thing.colour)) }
    if (change === 'shape') return { ...thing, shape: rng.pick(SHAPES.filter((s) => s !== thing.shape)) }
    return { ...thing, place: rng.pick(PLACES.filter((p) => !scene.some((other) => other.place === p))) }
  })
  return { things, change }
}
