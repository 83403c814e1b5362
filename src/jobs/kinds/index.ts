import type { JobKind } from '../../core/vocabulary.ts'
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

const KINDS: { [Name in JobKind]: AnyKind } = {
  import: importKind,
  retry: retryKind,
  heal: healKind,
  duplicates: duplicatesKind,
  bulk: bulkKind,
  'undo-bulk': undoBulkKind,
  scan: scanKind,
  probe: probeKind,
  stability: stabilityKind,
  'model-download': modelDownloadKind,
  'model-build': modelBuildKind,
  environment: environmentKind,
  train: trainKind,
  export: exportKind,
  demo: demoKind,
}

/** Every kind of job there is; a job that is resumed or recovered finds its kind here. */
export const kinds: readonly AnyKind[] = Object.values(KINDS)
