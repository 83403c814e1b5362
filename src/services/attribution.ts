import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Attribution } from '../contract/pairs.ts'
import { proxyOf } from '../proxies/index.ts'
import type { Session } from './backend.ts'

/** Models of the present scan that were read before; a new scan has another folder. */
const models = new Map<string, unknown>()
const KEPT = 8

/**
 * What each word of a pair's responses adds to its text margin, by the model that never saw the pair: chosen words
 * minus rejected words plus the features of the whole is the stored margin, up to the rounding of float32. Null where
 * the present text has no score.
 */
export async function attributePair({ db, path }: Session, pairId: number): Promise<Attribution | null> {
  const of = await db.scans.modelOf(pairId)
  if (!of) return null
  const { prompt, chosen, rejected } = await db.pairs.get(pairId)
  const proxy = proxyOf(of.proxy)
  const model = await loaded(join(path, of.dir, `fold-${of.fold}.model`), (bytes) => proxy.load(bytes))
  const { chosen: good, rejected: bad, features } = await proxy.explain(model, { prompt, chosen, rejected }, { characters: false, reader: null })
  return { chosen: good, rejected: bad, features, textMargin: of.textMargin }
}

async function loaded(file: string, load: (bytes: Uint8Array) => unknown): Promise<unknown> {
  const known = models.get(file)
  if (known) return known
  const model = load(await readFile(file))
  if (models.size >= KEPT) models.delete(models.keys().next().value as string)
  models.set(file, model)
  return model
}
