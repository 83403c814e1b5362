import type { ProxyKind } from '../contract/proxies.ts'
import { encoder } from './encoder.ts'
import { lexical } from './lexical/index.ts'
import type { EncodedPairs, TextProxy } from './proxy.ts'
import type { ReadDifferences } from './read-differences.ts'
import { rewardModel } from './reward-model.ts'

/** A proxy whose model and encoding are passed through without being looked into. */
export type AnyProxy = TextProxy<unknown, EncodedPairs>

const PROXIES: { [Kind in ProxyKind]: AnyProxy } = {
  lexical: anyProxy(lexical),
  encoder: anyProxy<Float32Array, ReadDifferences>(encoder),
  'reward-model': anyProxy<Float32Array, ReadDifferences>(rewardModel),
}

export const proxyOf = (kind: ProxyKind): AnyProxy => PROXIES[kind]

/** Forgets what a proxy's model and encoding are; only what it made itself may be handed to it again. */
export function anyProxy<Model, Encoded extends EncodedPairs>(proxy: TextProxy<Model, Encoded>): AnyProxy {
  return proxy as unknown as AnyProxy
}
