import type { Attribution } from '../../contract/pairs.ts'
import type { Session } from '../backend.ts'
import type { ScanQuestions } from '../scan-questions.ts'

/**
 * What each word of a pair's responses adds to its text margin, by the model that never saw the pair. Of the lexical
 * proxy, chosen words minus rejected words plus the features of the whole is the stored margin, up to the rounding of
 * float32. Null where the present text has no score.
 */
export async function attributePair({ db, path }: Session, questions: ScanQuestions, pairId: number): Promise<Attribution | null> {
  const of = await db.scans.modelOf(pairId)
  if (!of) return null
  const { prompt, chosen, rejected } = await db.pairs.get(pairId)
  const parts = await questions.explain({ project: path, scan: of.scan, fold: of.fold }, { prompt, chosen, rejected })
  return { method: parts.method, chosen: parts.chosen, rejected: parts.rejected, features: parts.features, textMargin: of.textMargin }
}
