/**
 * The demo suite: preference pairs over rendered pictures whose right answer depends on the picture alone, while each
 * environment offers a text-only shortcut of its own. Deterministic: a pair depends on (environment, split, index, seed)
 * and on nothing else, so pairs can be made one by one and in any order.
 */
import { random } from '../random.ts'
import { renderScene, type Picture } from './render.ts'
import { changeOneFact, drawScene, type Change, type Thing } from './scene.ts'
import { CUE_RATES, writeResponse, type DemoEnvironment } from './style.ts'

export { CUE_RATES, DEMO_ENVIRONMENTS, type DemoEnvironment } from './style.ts'
export type { Picture } from './render.ts'
export type { Change, Thing } from './scene.ts'

export type DemoSplit = 'train' | 'test'

/** Share of training pairs whose label is wrong; test pairs are clean. */
export const FLIP_RATE = 0.05

const PROMPTS = [
  'What is in the picture?',
  'Describe the picture.',
  'What do you see here?',
  'What does this image show?',
  'Tell me what is shown, and where.',
  'Which shapes can you find?',
] as const

/** What is known about a pair because it was made, and what a user of the suite must not see. */
export type DemoTruth = {
  id: string
  environment: DemoEnvironment
  split: DemoSplit
  /** The true description stands as rejected. The style still follows the label. */
  flipped: boolean
  /** The one fact in which the two responses differ. */
  change: Change
  /** Whether each response carries the cue of its environment. */
  chosenCue: boolean
  rejectedCue: boolean
  /** What the cue alone says: the label, its opposite, or nothing. */
  shortcut: 'agrees' | 'contradicts' | 'silent'
  scene: Thing[]
}

export type DemoPair = { id: string; prompt: string; chosen: string; rejected: string; image: Picture; truth: DemoTruth }

export type DemoOptions = {
  /** Edge of the picture in pixels, 96 by default. */
  size?: number
}

function shortcutOf(environment: DemoEnvironment, chosenCue: boolean, rejectedCue: boolean): DemoTruth['shortcut'] {
  if (environment === 'neutral' || chosenCue === rejectedCue) return 'silent'
  const marksChosen = CUE_RATES[environment].chosen > CUE_RATES[environment].rejected
  return chosenCue === marksChosen ? 'agrees' : 'contradicts'
}

/** Pair number `index` (from 0) of a split. `neutral` pairs carry all styles independent of the label, and no wrong labels. */
export function demoPair(environment: DemoEnvironment, split: DemoSplit, index: number, seed: number, options: DemoOptions = {}): DemoPair {
  const rng = random(`demo/${seed}/${environment}/${split}/${index}`)
  const id = `${environment}-${split}-${String(index).padStart(5, '0')}`
  const scene = drawScene(rng)
  const described = rng.sample(scene, 1 + rng.int(scene.length))
  const { things: changed, change } = changeOneFact(described, scene, rng)
  const flipped = rng.next() < (split === 'train' && environment !== 'neutral' ? FLIP_RATE : 0)
  const chosen = writeResponse(flipped ? changed : described, environment, 'chosen', rng)
  const rejected = writeResponse(flipped ? described : changed, environment, 'rejected', rng)
  return {
    id,
    prompt: rng.pick(PROMPTS),
    chosen: chosen.text,
    rejected: rejected.text,
    image: renderScene(scene, rng, options.size ?? 96),
    truth: {
      id,
      environment,
      split,
      flipped,
      change,
      chosenCue: chosen.cue,
      rejectedCue: rejected.cue,
      shortcut: shortcutOf(environment, chosen.cue, rejected.cue),
      scene,
    },
  }
}
