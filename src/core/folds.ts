import { hash32 } from './random.ts'

/** The fold (0 to k - 1) of a group: a function of the group's id and the seed alone, whatever else the project holds. */
export function foldOf(groupId: string, seed: number, k: number): number {
  return hash32(`${seed}:${groupId}`) % k
}
