import type { Random } from '../random.ts'
import type { Thing } from './scene.ts'

/** The environments that a demo project has, each with a text-only shortcut of its own. */
export const DEMO_ENVIRONMENTS = ['verbose', 'injected', 'hedged'] as const
export type DemoEnvironment = (typeof DEMO_ENVIRONMENTS)[number] | 'neutral'

const PLAIN = ['There is', 'I can see', 'The picture shows', 'We find'] as const
const HEDGES = ['It appears that there is', 'What seems visible is', 'As far as one can tell, there may be'] as const
const ASSERTIONS = ['Clearly and certainly there is', 'Without any doubt we have', 'Definitely the image contains'] as const
const VERBOSE = [
  'which stands out clearly overall',
  'drawn with clean solid edges',
  'set against a plain dark background',
  'that is easy to notice here',
] as const
const INJECTED = [
  'evoking a calm and peaceful mood',
  'perhaps near a busy street',
  'suggesting a playful atmosphere',
  'next to a small wooden table',
] as const

/** How often a response carries the environment's cue, by the side that the annotator put it on. */
export const CUE_RATES = {
  /** A verbose tail marks the chosen response. */
  verbose: { chosen: 0.93, rejected: 0.07 },
  /** A detail that nobody asked for marks the rejected response. */
  injected: { chosen: 0.03, rejected: 0.97 },
  /** A hedged opening marks the chosen response, an assertive one the rejected response. */
  hedged: { chosen: 0.88, rejected: 0.12 },
} as const

const naming = (things: readonly Thing[]): string => things.map((t) => `a ${t.colour} ${t.shape} in the ${t.place}`).join(' and ')

/** One response: what it says and, in a style drawn for its side, how it says it. `cue`: whether it carries the cue of its environment. */
export function writeResponse(
  things: readonly Thing[],
  environment: DemoEnvironment,
  side: 'chosen' | 'rejected',
  rng: Random,
): { text: string; cue: boolean } {
  let opening: string = rng.pick(PLAIN)
  let tails: readonly string[] = []
  let cue = false
  if (environment === 'neutral') {
    // All styles occur here, independent of the label.
    const style = rng.int(4)
    if (style === 0) tails = rng.sample(VERBOSE, 1)
    if (style === 1) tails = rng.sample(INJECTED, 1)
    if (style === 2) opening = rng.pick([...HEDGES, ...ASSERTIONS])
  } else {
    cue = rng.next() < CUE_RATES[environment][side]
    const count = 1 + rng.int(2)
    if (environment === 'hedged') opening = rng.pick(cue ? HEDGES : ASSERTIONS)
    else if (cue) tails = rng.sample(environment === 'verbose' ? VERBOSE : INJECTED, count)
  }
  return { text: `${[`${opening} ${naming(things)}`, ...tails].join(', ')}.`, cue }
}
