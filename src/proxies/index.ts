import type { ProxyKind } from '../contract/overview.ts'
import { lexical } from './lexical/index.ts'
import type { TextProxy } from './proxy.ts'

/** A proxy whose model is passed through without being looked into. */
export type AnyProxy = TextProxy<unknown>

const PROXIES: { [Kind in ProxyKind]: AnyProxy } = { lexical: lexical as AnyProxy }

export const proxyOf = (kind: ProxyKind): AnyProxy => PROXIES[kind]
