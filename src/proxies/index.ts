import type { ProxyKind } from '../contract/overview.ts'
import { lexical } from './lexical/index.ts'
import type { EncodedPairs, TextProxy } from './proxy.ts'

/** A proxy whose model and encoding are passed through without being looked into. */
export type AnyProxy = TextProxy<unknown, EncodedPairs>

const PROXIES: { [Kind in ProxyKind]: AnyProxy } = { lexical: lexical as unknown as AnyProxy }

export const proxyOf = (kind: ProxyKind): AnyProxy => PROXIES[kind]
