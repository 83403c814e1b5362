import { z } from 'zod'
import { defineKind } from '../kind.ts'
import { buildMiniLm } from '../models/minilm.ts'

/** Builds the MiniLM sentence encoder; the trainer's environment is made first where it is absent. */
export const modelBuildKind = defineKind({
  kind: 'model-build',
  input: z.object({}),
  title: () => 'Build the MiniLM sentence encoder',
  resumable: true,
  resources: ['trainer', 'models'],
  onlyReads: true,
  async run({ places, signal, log, progress, publish }) {
    const { model, maxDifference } = await buildMiniLm(places, { signal, log, progress })
    publish('models', model.id)
    return { modelId: model.id, maxDifference }
  },
})
