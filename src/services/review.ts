import { userInfo } from 'node:os'
import type { Backend } from './backend.ts'
import { os } from './procedure.ts'

export function reviewService(backend: Backend) {
  const annotator = annotatorName()
  /** Runs a change of labels and tells of the pair it was on. */
  async function changed<Result extends { pairId: number }>(change: Promise<Result>): Promise<Result> {
    const result = await change
    backend.events.publish('pairs', String(result.pairId))
    return result
  }
  const annotations = () => backend.requireSession().db.annotations

  return {
    annotate: os.review.annotate.handler(({ input }) => changed(annotations().annotate(input, annotator))),
    undo: os.review.undo.handler(() => changed(annotations().undo(annotator))),
    redo: os.review.redo.handler(() => changed(annotations().redo(annotator))),
  }
}

/** Who annotates: the name of the user of this machine, as the operating system has it. */
export function annotatorName(): string {
  try {
    return userInfo().username
  } catch {
    // A container may run under a user id without a name.
    return 'unknown'
  }
}
