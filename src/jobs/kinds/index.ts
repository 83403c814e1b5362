import type { AnyKind } from '../kind.ts'
import { demoKind } from './demo.ts'
import { environmentKind } from './environment.ts'
import { exportKind } from './export.ts'
import { importKind } from './import.ts'
import { retryKind } from './retry.ts'
import { scanKind } from './scan.ts'
import { trainKind } from './train.ts'

/** Every kind of job there is; a job that is resumed or recovered finds its kind here. */
export const kinds: readonly AnyKind[] = [importKind, retryKind, scanKind, environmentKind, trainKind, exportKind, demoKind]
