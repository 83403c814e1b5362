import type { AnyKind } from '../kind.ts'
import { bulkKind } from './bulk.ts'
import { demoKind } from './demo.ts'
import { duplicatesKind } from './duplicates.ts'
import { environmentKind } from './environment.ts'
import { exportKind } from './export.ts'
import { healKind } from './heal.ts'
import { importKind } from './import.ts'
import { modelBuildKind } from './model-build.ts'
import { modelDownloadKind } from './model-download.ts'
import { probeKind } from './probe.ts'
import { retryKind } from './retry.ts'
import { scanKind } from './scan.ts'
import { stabilityKind } from './stability.ts'
import { trainKind } from './train.ts'
import { undoBulkKind } from './undo-bulk.ts'

/** Every kind of job there is; a job that is resumed or recovered finds its kind here. */
export const kinds: readonly AnyKind[] = [
  importKind,
  retryKind,
  healKind,
  duplicatesKind,
  bulkKind,
  undoBulkKind,
  scanKind,
  probeKind,
  stabilityKind,
  modelDownloadKind,
  modelBuildKind,
  environmentKind,
  trainKind,
  exportKind,
  demoKind,
]
