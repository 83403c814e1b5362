import { mkdir } from 'node:fs/promises'
import type { Model } from '../../contract/models.ts'
import { scanInput, type ScanOptions } from '../../contract/proxies.ts'
import { BlindfoldError } from '../../core/errors.ts'
import { foldOf } from '../../core/folds.ts'
import { USABLE_STATUSES } from '../../core/vocabulary.ts'
import type { DbClient } from '../../db/worker/client.ts'
import { projectLayout, workFolder } from '../../node/project-folder.ts'
import { removeMade } from '../../node/remove-made.ts'
import { usableModel } from '../../models/registry.ts'
import { proxyOf } from '../../proxies/index.ts'
import { runScan } from '../../scoring/client.ts'
import { renewAudit } from '../renew-audit.ts'
import { groupPairs } from '../intake/after-import.ts'
import { defineKind } from '../kind.ts'

/** Folds of the cross-fitting. */
const FOLDS = 5
const CHUNK = 2000
const ENOUGH_GROUPS = 1000
/** What a scan leaves in its folder. */
export const SCAN_FILES = /^((all|fold-\d+)\.(onnx|model)|texts\.tmp)$/
/** Scores that are deleted in one go: a blink, in which nobody else waits for the database. */
const DROPPED = 20_000

/** The blind test: a text-only proxy, cross-fitted; its held-out margins become the pairs' audit numbers. */
export const scanKind = defineKind({
  kind: 'scan',
  input: scanInput,
  title: ({ proxy, modelId, seed }) => `Blind test (${proxy}${modelId ? ` with ${modelId}` : ''}, seed ${seed})`,
  resumable: true,
  resources: ['project-data'],
  async run({ jobId, input, db, project, places, signal, progress, log, publish }) {
    // An import that was cut off may have left pairs without a group.
    await groupPairs({ db, signal, progress })
    const { proxy, seed, characters, executionProvider, threads } = input
    const model = modelFor(input, places.userDir)
    const provenance = model && { modelId: model.id, name: model.name, hash: model.hash }
    const { scanId, dir } = await db.scans.create({ jobId, options: input, model: provenance, folds: FOLDS })
    const folder = workFolder(project.path, 'scans', dir)
    // A resumed job fits again, because nothing of an unfinished scan counts. What a model read is in the cache.
    await removeMade(folder, SCAN_FILES)
    await mkdir(folder, { recursive: true })
    const { cache } = projectLayout(project.path)
    const total = await db.pairs.count({ statuses: [...USABLE_STATUSES] })
    let read = 0
    let sent = 0
    /** The first groups: enough to know that no fold is left without others. */
    const groups = new Set<string>()
    let found: { inSampleAccuracy: number; groups: number; unspaced: number | null } = {
      inSampleAccuracy: Number.NaN,
      groups: 0,
      unspaced: null,
    }
    async function* pairs() {
      for await (const chunk of scannedPairs(db)) {
        for (const { group } of chunk) if (groups.size < ENOUGH_GROUPS) groups.add(group)
        sent += chunk.length
        yield chunk
      }
      // A handful of groups can all fall into one fold: then there is nothing to fit its model on.
      const used = new Set([...groups].map((group) => foldOf(group, input.seed, FOLDS)))
      if (groups.size < FOLDS || used.size < 2) throw tooFew(sent, groups.size)
    }
    await runScan({
      begin: { type: 'begin', reading: { proxy, model, characters, executionProvider, threads }, seed, folds: FOLDS, dir: folder, cache },
      pairs: pairs(),
      signal,
      log,
      async onReply(reply) {
        if (reply.type === 'progress') progress(reply)
        else if (reply.type === 'taken') progress({ phase: 'Reading pairs', done: (read += reply.pairs), total, unit: 'pairs' })
        else if (reply.type === 'scores') await db.scans.storeScores(scanId, reply.scores)
        else if (reply.type === 'features') await db.scans.storeFeatures(scanId, reply.features)
        else if (reply.type === 'curve') await db.scans.storeCurve(scanId, reply.points)
        else if (reply.type === 'done') found = reply
      },
    })
    progress({ phase: 'Storing scores', done: 0, total: null, unit: 'pairs' })
    await db.scans.finish(scanId, found)
    await renewAudit({ db, progress })
    await tidied(db, project.path).catch((error: unknown) => log(`files of earlier blind tests could not be deleted: ${String(error)}`))
    for (const topic of ['scan', 'pairs'] as const) publish(topic)
    log(`${read} pairs in ${found.groups} groups; in-sample accuracy ${found.inSampleAccuracy.toFixed(4)}`)
    return { scanId, pairs: read, groups: found.groups }
  },
})

/**
 * The registered model that the proxy reads with, as it is now; null for one that needs none.
 *
 * @throws BlindfoldError INVALID_INPUT where none was named; NOT_FOUND, MODEL_UNUSABLE
 */
export function modelFor({ proxy, modelId }: ScanOptions, userDir: string): Model | null {
  const { needs } = proxyOf(proxy)
  if (!needs) return null
  if (modelId) return usableModel(userDir, modelId, needs)
  throw new BlindfoldError('INVALID_INPUT', `The proxy “${proxy}” requires a registered model, and none is given.`, {
    field: 'modelId',
    remedy: `Choose a model of kind ${needs}. List them with blindfold models list, or add one with blindfold models add.`,
  })
}

/** Removes scores and folders of scans that nothing asks for any more. The scan is done whatever happens here. */
async function tidied(db: DbClient, project: string): Promise<void> {
  while ((await db.scans.dropScores(DROPPED)) > 0);
  for (const dir of await db.scans.unusedFolders()) await removeMade(workFolder(project, 'scans', dir), SCAN_FILES)
}

/** Every pair that a blind test scores, in batches. */
export async function* scannedPairs(db: DbClient) {
  for (let after = 0; ;) {
    const chunk = await db.pairs.chunk(after, CHUNK, { statuses: [...USABLE_STATUSES] })
    const last = chunk.at(-1)
    if (!last) return
    after = last.pairId
    yield chunk.map(({ pairId, textHash, groupId, hasImage, prompt, chosen, rejected }) => ({
      id: pairId,
      key: textHash,
      group: groupId ?? textHash,
      hasImage,
      prompt,
      chosen,
      rejected,
    }))
  }
}

function tooFew(pairs: number, groups: number): BlindfoldError {
  const needed = Math.max(FOLDS, groups + 1)
  return new BlindfoldError(
    'NO_DATA',
    `A blind test requires at least ${needed} groups, with different images or prompts; the project has ${groups} (${pairs} pairs).`,
    {
      remedy: 'Import more pairs, or restore discarded or tied pairs.',
    },
  )
}
