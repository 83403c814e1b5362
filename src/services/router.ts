import type { Backend } from './backend.ts'
import { bulkService, duplicatesService, slicesService } from './curation.ts'
import { columnMapsService } from './import/column-maps.ts'
import { evaluationService } from './evaluation.ts'
import { demoService, exportsService } from './exports.ts'
import { importsService } from './import/imports.ts'
import { eventsService, jobsService } from './jobs.ts'
import { modelsService } from './models.ts'
import { pairsService } from './pairs.ts'
import { os } from './procedure.ts'
import { projectsService } from './projects.ts'
import { reviewService } from './review.ts'
import { probeService } from './probe.ts'
import { reasonsService } from './reasons/reasons.ts'
import { scanService } from './scan.ts'
import { trainingService } from './training.ts'

/** Every procedure of the contract on one backend: what each transport serves, and what the command line calls. */
export function createRouter(backend: Backend) {
  return os.router({
    projects: projectsService(backend),
    imports: importsService(backend),
    columnMaps: columnMapsService(backend),
    jobs: jobsService(backend),
    scan: scanService(backend),
    probe: probeService(backend),
    reasons: reasonsService(backend),
    models: modelsService(backend),
    pairs: pairsService(backend),
    slices: slicesService(backend),
    bulk: bulkService(backend),
    duplicates: duplicatesService(backend),
    review: reviewService(backend),
    training: trainingService(backend),
    evaluation: evaluationService(backend),
    exports: exportsService(backend),
    demo: demoService(backend),
    events: eventsService(backend),
  })
}
