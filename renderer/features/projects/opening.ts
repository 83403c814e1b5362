import { create } from 'zustand'
import type { ShownFailure } from '../../api/failure.ts'

/** The project that is being opened, why the last attempt failed, and the project that waits for an answer whether it is trusted. */
export const useOpening = create<{ path: string | null; failure: ShownFailure | null; untrusted: string | null }>(() => ({
  path: null,
  failure: null,
  untrusted: null,
}))
