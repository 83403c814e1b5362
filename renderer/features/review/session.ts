import { create } from 'zustand'

interface ReviewSession {
  /** Labels are shown before the choice. Off at every start: the blind way is the usual one. */
  inspect: boolean
  /** Pairs whose label was shown while they were unreviewed: what is said of them is no blind judgement any more. */
  seen: ReadonlySet<number>
  /** The last thing that happened, for screen readers. */
  announcement: string
}

/** How the window reviews. Nothing here is data of a project. */
export const useReviewSession = create<ReviewSession>(() => ({ inspect: false, seen: new Set(), announcement: '' }))

export const setInspect = (inspect: boolean): void => useReviewSession.setState({ inspect })
export const announce = (announcement: string): void => useReviewSession.setState({ announcement })
export const markSeen = (pairId: number): void => {
  const { seen } = useReviewSession.getState()
  if (!seen.has(pairId)) useReviewSession.setState({ seen: new Set([...seen, pairId]) })
}
