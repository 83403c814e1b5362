import { foldOf } from '../core/folds.ts'

/** What is known of a pair besides its texts. `id` is any number that tells pairs apart, `key` a hash of the texts. */
export type PairName = { id: number; key: string; group: string; hasImage?: boolean | undefined }

/** Names of pairs in the order they came, groups as numbers. */
export class PairNames {
  readonly ids: number[] = []
  readonly keys: string[] = []
  readonly hasImage: boolean[] = []
  readonly #groupOf: number[] = []
  readonly #groups = new Map<string, number>()

  /** How many groups the pairs are in. */
  get groups(): number {
    return this.#groups.size
  }

  addNames(pairs: readonly PairName[]): void {
    for (const { id, key, group, hasImage } of pairs) {
      let number = this.#groups.get(group)
      if (number === undefined) this.#groups.set(group, (number = this.#groups.size))
      this.ids.push(id)
      this.keys.push(key)
      this.hasImage.push(hasImage ?? false)
      this.#groupOf.push(number)
    }
  }

  /** Which pairs an accuracy is about: those that name an image, or, where none does, all. */
  get measured(): (pair: number) => boolean {
    return this.hasImage.includes(true) ? (pair) => this.hasImage[pair] as boolean : () => true
  }

  /**
   * The pairs by their texts' hash: an order that does not depend on that of the rows, as sums of floating-point numbers
   * do. `groups` are numbered in this order, `folds` follow from the groups' names; both are indexed by pair.
   */
  canonical(seed: number, folds: number): { order: Uint32Array; groups: Uint32Array; folds: Uint8Array } {
    const { ids, keys } = this
    const compare = (a: number, b: number): number => {
      const [first, second] = [keys[a] as string, keys[b] as string]
      return first < second ? -1 : first > second ? 1 : (ids[a] as number) - (ids[b] as number)
    }
    const order = Uint32Array.from(ids.keys()).sort(compare)
    const foldOfGroup = Uint8Array.from(this.#groups.keys(), (group) => foldOf(group, seed, folds))
    const renumbered = new Int32Array(this.#groups.size).fill(-1)
    let next = 0
    const groups = new Uint32Array(ids.length)
    for (const pair of order) {
      const group = this.#groupOf[pair] as number
      if (renumbered[group] === -1) renumbered[group] = next++
      groups[pair] = renumbered[group] as number
    }
    return { order, groups, folds: Uint8Array.from(this.#groupOf, (group) => foldOfGroup[group] as number) }
  }
}
