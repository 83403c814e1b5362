import { readFile } from 'node:fs/promises'
import type { MuteEffect, ReasonName } from '../../contract/reasons.ts'
import { BlindfoldError } from '../../core/errors.ts'
import { hash32 } from '../../core/random.ts'
import { crossFitted, groupAccuracy, groupAverage, rightness, type Estimate } from '../../core/statistics.ts'
import type { ScanRow } from '../../db/scans/latest.ts'
import { BUCKETS } from '../../proxies/lexical/features.ts'
import { lexical } from '../../proxies/lexical/index.ts'
import type { LexicalModel } from '../../proxies/lexical/strongest.ts'
import { styleNames } from '../../proxies/lexical/style.ts'
import type { Session } from '../backend.ts'
import { fittedFile } from '../scan-questions.ts'
import { differencesOf } from './study.ts'
import { countedIds, drawnPairs } from './texts.ts'

const MOST_PAIRS = 20_000

/** What each feature adds to a margin per unit of its difference, by a fitted model. */
function weightsOf({ units, weights, scales }: LexicalModel, features: readonly ReasonName[]): number[] {
  const names = styleNames(units)
  return features.map(({ feature, kind }) => {
    if (kind === 'ngram') return weights[hash32(feature) & (BUCKETS - 1)] as number
    const style = names.indexOf(feature)
    return (weights[BUCKETS + style] as number) / (scales[style] as number)
  })
}

/** The model of a fold. @throws BlindfoldError INVALID_INPUT for a proxy without weights of features, FILE_NOT_FOUND */
async function foldModel(path: string, scan: ScanRow, fold: number | null, features: readonly ReasonName[]): Promise<LexicalModel> {
  const { proxy } = scan
  if (proxy !== 'lexical') {
    throw new BlindfoldError('INVALID_INPUT', `The proxy “${proxy}” has no weights for single features.`, {
      field: 'muted',
      remedy: 'Run the blind test with the lexical proxy to mute features, or remove the words from the text.',
    })
  }
  const file = fittedFile(path, scan, fold)
  const bytes = await readFile(file).catch(() => {
    throw new BlindfoldError('FILE_NOT_FOUND', `The fitted model ${file} is missing.`, { file, remedy: 'Run the blind test again.' })
  })
  const model = loaded(bytes, file)
  const names = styleNames(model.units)
  const unknown = features.find(({ feature, kind }) => kind === 'style' && !names.includes(feature))
  if (unknown)
    throw new BlindfoldError('INVALID_INPUT', `Feature “${unknown.feature}” not found.`, {
      field: 'muted',
      remedy: 'Use feature names from the list of cues.',
    })
  return model
}

function loaded(bytes: Uint8Array, file: string): LexicalModel {
  try {
    return lexical.load(bytes)
  } catch (error) {
    throw new BlindfoldError('MODEL_UNUSABLE', `The fitted proxy cannot be read: ${(error as Error).message}.`, {
      file,
      remedy: 'Run the blind test again.',
    })
  }
}

/** What the features add to the margin of these texts by the model of a fold. */
export async function mutedPart(
  path: string,
  scan: ScanRow,
  fold: number | null,
  features: readonly ReasonName[],
  pair: { chosen: string; rejected: string },
): Promise<number> {
  if (features.length === 0) return 0
  const model = await foldModel(path, scan, fold, features)
  const differences = differencesOf(features, model.units)(pair)
  return weightsOf(model, features).reduce((sum, weight, i) => sum + weight * (differences[i] as number), 0)
}

/** Blind accuracy with and without the features' parts of the held-out margins, over all pairs or 20,000 of them. */
export async function muteEffect({ db, path }: Session, scan: ScanRow, features: readonly ReasonName[]): Promise<MuteEffect> {
  const pairs = await drawnPairs(db, await countedIds(db), MOST_PAIRS, scan.seed)
  if (pairs.length === 0) throw new BlindfoldError('NO_DATA', 'No pair has a current score.', { remedy: 'Run the blind test.' })
  const known = new Map(
    (
      await Promise.all(
        chunks(
          pairs.map(({ id }) => id),
          500,
        ).map((pairIds) => db.scans.heldOutBy(pairIds)),
      )
    )
      .flat()
      .map((row) => [row.pairId, row]),
  )
  const models = new Map<number, { weights: number[]; of: ReturnType<typeof differencesOf> }>()
  const scored = pairs.filter(({ id }) => known.has(id))
  const before = new Float64Array(scored.length)
  const after = new Float64Array(scored.length)
  for (const [i, pair] of scored.entries()) {
    const { fold, textMargin } = known.get(pair.id) as { fold: number; textMargin: number }
    let model = models.get(fold)
    if (!model) {
      const loaded = await foldModel(path, scan, fold, features)
      models.set(fold, (model = { weights: weightsOf(loaded, features), of: differencesOf(features, loaded.units) }))
    }
    const differences = model.of(pair)
    before[i] = textMargin
    after[i] = textMargin - model.weights.reduce((sum, weight, k) => sum + weight * (differences[k] as number), 0)
    // A thousand texts at a time: others want this thread too.
    if (i % 1000 === 999) await new Promise((resolve) => setImmediate(resolve))
  }
  const groups = scored.map(({ group }) => group)
  const options = { spread: crossFitted(scan.folds) }
  return {
    pairs: scored.length,
    before: groupAccuracy(before, groups, scan.seed, options),
    after: groupAccuracy(after, groups, scan.seed, options),
    difference: groupAverage(
      before.map((margin, i) => rightness(margin) - rightness(after[i] as number)),
      groups,
      scan.seed,
      options,
    ) as Estimate,
  }
}

const chunks = <T>(list: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(list.length / size) }, (_, i) => list.slice(i * size, (i + 1) * size))
