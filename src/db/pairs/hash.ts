import { hash } from 'node:crypto'
import { missingImage, pairKey, textKey } from '../../core/identity.ts'
import type { Message } from '../../core/messages.ts'
import type { NewPair, StatedPair } from './batch.ts'

/** SHA-256 of the text as UTF-8, lower-case hex. */
export function sha256(text: string): string {
  return hash('sha256', text)
}

/** Content hash of a pair's texts: see `textKey`. */
export function textHash(prompt: string, chosen: string, rejected: string): string {
  return sha256(textKey(prompt, chosen, rejected))
}

/** Content hash of a pair as imported: see `pairKey`. */
export function pairUid(
  prompt: string,
  chosen: string,
  rejected: string,
  images: readonly string[],
  messages: readonly Message[] | null,
): string {
  return sha256(pairKey(prompt, chosen, rejected, images, messages))
}

/** The key that groups pairs that name no image: those that ask the same. */
export function promptGroupKey(prompt: string): string {
  return sha256(`p:${prompt}`)
}

/** A stated pair as the database takes it, with its hashes. */
export function identified(pair: StatedPair): NewPair {
  const { prompt, chosen, rejected, messages, images } = pair
  const shown = images.map((image) => (typeof image === 'string' ? image : 'missing' in image ? missingImage(image.missing) : image.hash))
  return {
    ...pair,
    metadata: JSON.stringify(pair.metadata),
    uid: pairUid(prompt, chosen, rejected, shown, messages),
    textHash: textHash(prompt, chosen, rejected),
    promptKey: images.length > 0 ? null : promptGroupKey(prompt),
  }
}
