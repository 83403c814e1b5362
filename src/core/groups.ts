/** A pair with the keys it shares with others: its image hashes, or one key of its prompt where it has no image. */
export type GroupMember = { id: number; keys: readonly string[] }

/**
 * Connected components over shared keys (union-find with path halving): pairs that share a key, directly or through
 * other pairs, get the same group. The group's name is its smallest key, so it depends on the content alone and not on
 * the order of the pairs. A member without keys is refused, for it would belong nowhere.
 */
export function groupPairs(members: Iterable<GroupMember>): Map<number, string> {
  const parent = new Map<string, string>()

  function root(key: string): string {
    let at = key
    for (;;) {
      const up = parent.get(at)
      if (up === undefined) {
        parent.set(at, at)
        return at
      }
      if (up === at) return at
      const next = parent.get(up) ?? up
      parent.set(at, next)
      at = next
    }
  }

  const firstKey = new Map<number, string>()
  for (const { id, keys } of members) {
    const first = keys[0]
    if (first === undefined) throw new RangeError(`pair ${id} has no key to group it by`)
    firstKey.set(id, first)
    for (const key of keys) {
      const a = root(first)
      const b = root(key)
      // The smaller key becomes the root, so that a root is always the smallest key of its group.
      if (a < b) parent.set(b, a)
      else if (b < a) parent.set(a, b)
    }
  }

  const groups = new Map<number, string>()
  for (const [id, key] of firstKey) groups.set(id, root(key))
  return groups
}
