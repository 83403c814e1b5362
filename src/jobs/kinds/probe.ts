import { mkdir } from 'node:fs/promises'
import type { Model } from '../../contract/models.ts'
import { probeInput, type ProbeFindings } from '../../contract/probe.ts'
import type { ProbePair } from '../../protocols/probe-process.ts'
import { BlindfoldError } from '../../core/errors.ts'
import { USABLE_STATUSES } from '../../core/vocabulary.ts'
import type { DbClient } from '../../db/worker/client.ts'
import { imageFile, projectLayout } from '../../node/project-folder.ts'
import { usableModel } from '../../models/registry.ts'
import { runProbe } from '../../scoring/client.ts'
import { renewAudit } from '../renew-audit.ts'
import { groupPairs } from '../intake/after-import.ts'
import { defineKind } from '../kind.ts'

const FOLDS = 5
const CHUNK = 500

/** The probe: a reference that sees the image, without any fine-tuning; its held-out margins make the SFC an audit. */
export const probeKind = defineKind({
  kind: 'probe',
  input: probeInput,
  title: ({ modelId }) => `Run image probe (${modelId ?? 'tiny'})`,
  resumable: true,
  resources: ['project-data'],
  async run({ jobId, input, db, project, places, signal, progress, log, publish }) {
    await groupPairs({ db, signal, progress })
    const model = probeModel(input.modelId, places.userDir)
    const { executionProvider, threads } = input
    const seed = input.seed ?? (await db.scans.latest())?.seed ?? 0
    const provenance = model && { modelId: model.id, name: model.name, hash: model.hash }
    const probeId = await db.scans.createProbe({ jobId, model: provenance, seed, folds: FOLDS })
    const { cache } = projectLayout(project.path)
    await mkdir(cache, { recursive: true })
    const total = await db.pairs.count({ statuses: [...USABLE_STATUSES] })
    let read = 0
    let findings: ProbeFindings | null = null
    await runProbe({
      begin: { type: 'begin', model, executionProvider, threads, seed, folds: FOLDS, total, cache },
      pairs: probedPairs(db, project.path),
      signal,
      log,
      async onReply(reply) {
        if (reply.type === 'progress') progress(reply)
        else if (reply.type === 'taken') progress({ phase: 'Reading images', done: (read += reply.pairs), total, unit: 'pairs' })
        else if (reply.type === 'scores') await db.scans.storeProbeScores(probeId, reply.scores)
        else if (reply.type === 'done') findings = reply.findings
      },
    })
    const found = findings as ProbeFindings | null
    if (!found) throw new Error('the probe ended without findings')
    progress({ phase: 'Storing scores', done: 0, total: null, unit: 'pairs' })
    await db.scans.finishProbe(probeId, found)
    await renewAudit({ db, progress })
    for (const topic of ['scan', 'pairs'] as const) publish(topic)
    log(found.sentence)
    return { probeId, pairs: found.pairs, groups: found.groups }
  },
})

/**
 * The registered pair of towers, as it is now; null for the tiny probe.
 *
 * @throws BlindfoldError NOT_FOUND, MODEL_UNUSABLE
 */
export function probeModel(modelId: string | null, userDir: string): Model | null {
  return modelId === null ? null : usableModel(userDir, modelId, 'clip')
}

async function* probedPairs(db: DbClient, project: string): AsyncGenerator<ProbePair[]> {
  let some = false
  for (let after = 0; ;) {
    const chunk = await db.pairs.chunk(after, CHUNK, { statuses: [...USABLE_STATUSES] })
    const last = chunk.at(-1)
    if (!last) break
    after = last.pairId
    const pairs = chunk.map(({ pairId, textHash, groupId, prompt, chosen, rejected, images }) => ({
      id: pairId,
      key: textHash,
      group: groupId ?? textHash,
      prompt,
      chosen,
      rejected,
      images: images.map((hash) => ({ hash, file: imageFile(project, hash) })),
    }))
    some ||= pairs.some(({ images }) => images.length > 0)
    yield pairs
  }
  if (some) return
  throw new BlindfoldError('NO_DATA', 'No pair of this project has an image, so the image probe cannot run.', {
    remedy: 'Import the pairs with their images, or find missing images: blindfold heal.',
  })
}
