import { modelBuildKind } from '../jobs/kinds/model-build.ts'
import { modelDownloadKind } from '../jobs/kinds/model-download.ts'
import { planDownload } from '../models/hub.ts'
import { listModels, registerFolder, removeModel } from '../models/registry.ts'
import type { Backend } from './backend.ts'
import { os } from './procedure.ts'

/** Models belong to the user, not to a project; fetching and building them are jobs of the project that is open. */
export function modelsService(backend: Backend) {
  const { userDir } = backend.places
  return {
    list: os.models.list.handler(() => listModels(userDir)),

    add: os.models.add.handler(async ({ input, signal }) => {
      const model = await registerFolder(userDir, await backend.paths.read(input.path, 'path'), input.card, signal)
      backend.events.publish('models', model.id)
      return model
    }),

    plan: os.models.plan.handler(async ({ input }) => {
      const { files, ...plan } = await planDownload(input.repo, input.revision)
      return { ...plan, files: files.map(({ path, bytes }) => ({ path, bytes })) }
    }),

    download: os.models.download.handler(async ({ input }) => {
      const job = await backend.requireSession().jobs.start(modelDownloadKind, input)
      return { jobId: job.id }
    }),

    buildMiniLm: os.models.buildMiniLm.handler(async () => {
      const job = await backend.requireSession().jobs.start(modelBuildKind, {})
      return { jobId: job.id }
    }),

    remove: os.models.remove.handler(({ input }) => {
      removeModel(userDir, input.modelId)
      backend.events.publish('models', input.modelId)
      return { modelId: input.modelId }
    }),
  }
}
