/** What pairs without a split are called in an export: every data set has a `train`. */
export const WITHOUT_SPLIT = 'train'

/**
 * The names that splits have in an export: Hugging Face takes letters, digits and `_`, files should not differ in case
 * alone, and pairs without a split join `train`.
 */
export class SplitNames {
  readonly #names = new Map<string, string>([['', WITHOUT_SPLIT]])
  readonly #taken = new Set<string>([WITHOUT_SPLIT])

  /** @param splits as in the project; those that can keep their names do */
  constructor(splits: Iterable<string>) {
    const sorted = [...new Set(splits)].sort()
    for (const split of [...sorted.filter((name) => plain(name) === name), ...sorted]) this.of(split)
  }

  of(split: string): string {
    const known = this.#names.get(split)
    if (known !== undefined) return known
    const base = plain(split)
    let name = base
    // `train` may be the split of that name.
    for (let n = 2; this.#taken.has(name.toLowerCase()) && !(name === WITHOUT_SPLIT && split === name); n++) name = `${base}_${n}`
    this.#taken.add(name.toLowerCase())
    this.#names.set(split, name)
    return name
  }
}

const plain = (split: string): string => split.replace(/[^A-Za-z0-9_]+/g, '_').replace(/^_+|_+$/g, '') || 'split'

/** `train` first, then by name. */
export const inSplitOrder = (a: string, b: string): number =>
  Number(b === WITHOUT_SPLIT) - Number(a === WITHOUT_SPLIT) || (a < b ? -1 : a > b ? 1 : 0)
