import type { AnyKind } from '../kind.ts'

/** Every kind of job there is; a job that is resumed or recovered finds its kind here. */
export const kinds: readonly AnyKind[] = []
