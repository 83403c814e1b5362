import { create } from 'zustand'
import type { ShownFailure } from '../../api/failure.ts'

/** The project that is being opened, and why the last attempt failed. */
export const useOpening = create<{ path: string | null; failure: ShownFailure | null }>(() => ({ path: null, failure: null }))
