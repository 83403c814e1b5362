/** Tokens of a batch, padding included: a few times what fills the processor's matrix units, few enough for its caches. */
export const BATCH_TOKENS = 2048

/**
 * Parts texts into batches by their lengths: texts of like length share one, so that little is padded, and the longest
 * come first, so that memory does not grow later on. `most` texts a batch; with `padded: false` only texts of one length
 * share a batch.
 */
export function batches(lengths: readonly number[], { padded, most }: { padded: boolean; most: number }): number[][] {
  const order = [...lengths.keys()].sort((a, b) => (lengths[b] as number) - (lengths[a] as number) || a - b)
  const found: number[][] = []
  for (const text of order) {
    const batch = found.at(-1)
    const longest = batch && (lengths[batch[0] as number] as number)
    const fits = batch && batch.length < most && (batch.length + 1) * (longest as number) <= BATCH_TOKENS
    if (fits && (padded || lengths[text] === longest)) batch.push(text)
    else found.push([text])
  }
  return found
}
