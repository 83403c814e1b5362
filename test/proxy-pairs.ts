import type { ScoringReply } from '../src/protocols/scoring.ts'
import { proxyOf, type AnyProxy } from '../src/proxies/index.ts'
import { lexical } from '../src/proxies/lexical/index.ts'
import type { EncodingContext, TextPair } from '../src/proxies/proxy.ts'
import { Scan, type FitterOf, type GroupedPair } from '../src/scoring/scan.ts'

export const CONTEXT: EncodingContext = { characters: false, reader: null }

/** All pairs read in one batch by the lexical proxy. */
export function encoded(pairs: readonly TextPair[], context = CONTEXT) {
  const encoding = lexical.encoding(context)
  void encoding.add(pairs)
  return encoding.finish()
}

/** Every pair in a group of its own. */
export const ownGroups = (pairs: number): Uint32Array => Uint32Array.from({ length: pairs }, (_, i) => i)

export type SmallScan = {
  seed: number
  folds: number
  dir: string
  proxy?: AnyProxy
  context?: EncodingContext
  fitterOf?: FitterOf | null
  batch?: number
}

/** A whole scan in this process, pairs given in batches; returns all replies. */
export async function scanned(
  pairs: readonly GroupedPair[],
  { seed, folds, dir, proxy = proxyOf('lexical'), context = CONTEXT, fitterOf = null, batch = 100 }: SmallScan,
): Promise<ScoringReply[]> {
  const replies: ScoringReply[] = []
  const scan = await Scan.begin(proxy, { seed, folds, dir, context }, (reply) => replies.push(reply), fitterOf)
  for (let from = 0; from < pairs.length; from += batch) await scan.readPairs(pairs.slice(from, from + batch))
  await scan.scorePairs()
  return replies
}
