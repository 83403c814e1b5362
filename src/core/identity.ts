import type { Message } from './messages.ts'

/**
 * What makes a pair the pair it is. Each function returns the canonical text whose SHA-256 (lower-case hex) is the
 * identity; hashing itself needs Node and lies in `db/hash.ts`.
 */

/** Identity of a pair's texts: a score belongs to these, and is stale once they differ. */
export function textKey(prompt: string, chosen: string, rejected: string): string {
  return JSON.stringify([prompt, chosen, rejected])
}

/**
 * Identity of a whole pair as imported. `images` are content hashes in the order of the prompt, with `missingImage` in
 * the place of one that is not there; `messages` as in `canonical`, null where prompt and images say it all.
 */
export function pairKey(
  prompt: string,
  chosen: string,
  rejected: string,
  images: readonly string[],
  messages: readonly Message[] | null,
): string {
  const parts = messages?.map(({ role, content }) => [role, ...content.map((part) => (part.type === 'text' ? part.text : null))])
  return JSON.stringify(parts ? [prompt, chosen, rejected, images, parts] : [prompt, chosen, rejected, images])
}

/** Stands for the content hash of an image that the pair names and the project lacks. */
export const missingImage = (reference: string): string => `missing:${reference}`

/**
 * In the place of a score's text hash: the pair's group joined another one since, and a model that saw pairs of it gave the score.
 * No text has this hash, so the score is stale whatever the text is.
 */
export const REGROUPED = '0'.repeat(64)
