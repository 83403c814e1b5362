/**
 * What makes a pair the pair it is. Each function returns the canonical text whose SHA-256 (lower-case hex) is the
 * identity; hashing itself needs Node and lies in `db/hash.ts`.
 */

/** Identity of a pair's texts: a score belongs to these, and is stale once they differ. */
export function textKey(prompt: string, chosen: string, rejected: string): string {
  return JSON.stringify([prompt, chosen, rejected])
}

/** Identity of a whole pair as imported; `images` are content hashes in the order of the prompt. */
export function pairKey(prompt: string, chosen: string, rejected: string, images: readonly string[]): string {
  return JSON.stringify([prompt, chosen, rejected, images])
}
