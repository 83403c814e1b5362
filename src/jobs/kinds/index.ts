import type { AnyKind } from '../kind.ts'
import { environmentKind } from './environment.ts'

/** Every kind of job there is; a job that is resumed or recovered finds its kind here. */
export const kinds: readonly AnyKind[] = [environmentKind]
