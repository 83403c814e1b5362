import { hash32 } from './random.ts'

/**
 * Where a group stands in the order in which groups go to the test side: a function of its id and the seed alone, 52
 * bits fine, so that different groups have different places.
 */
export function groupPlace(groupId: string, seed: number): number {
  const text = `${seed}:${groupId}`
  return hash32(text) * 2 ** 20 + (hash32(text, 0x9e3779b9) >>> 12)
}

/**
 * The place up to which groups (that place included) make the test side, so that it has the share asked for as nearly
 * as whole groups allow; both sides have a group where there are two. No group stands on both sides.
 *
 * @param places the place of each pair's group, in any order; sorted here
 */
export function testCutoff(places: Float64Array, share: number): { cutoff: number; test: number } {
  places.sort()
  const wanted = share * places.length
  let best = { cutoff: -1, test: 0 }
  for (let from = 0; from < places.length;) {
    const place = places[from] as number
    let to = from
    while (to < places.length && places[to] === place) to++
    const whole = to === places.length
    const nearer = Math.abs(to - wanted) < Math.abs(best.test - wanted) || best.test === 0
    if (nearer && !(whole && from > 0)) best = { cutoff: place, test: to }
    from = to
    if (to >= wanted && best.test > 0) break
  }
  // A single group stays whole, on the side of training.
  return best.test === places.length ? { cutoff: -1, test: 0 } : best
}
