import { z } from 'zod'
import { givenCard } from '../../contract/models.ts'
import { download } from '../../models/hub.ts'
import { defineKind } from '../kind.ts'

/** Fetches a model from the hub. What arrived before it was stopped is gone on with. */
export const modelDownloadKind = defineKind({
  kind: 'model-download',
  input: z.object({ repo: z.string(), revision: z.string(), files: z.array(z.string()).min(1), card: givenCard }),
  title: ({ repo }) => `Download model ${repo}`,
  resumable: true,
  resources: ['models'],
  onlyReads: true,
  async run({ input, places, signal, progress, log, publish }) {
    const model = await download(places.userDir, input, { signal, progress, log })
    publish('models', model.id)
    return { modelId: model.id, bytes: model.bytes }
  },
})
