import { userInfo } from 'node:os'
import type { Annotated } from '../db/annotations/log.ts'
import type { Backend } from './backend.ts'
import { os } from './procedure.ts'

export function reviewService(backend: Backend) {
  const annotator = annotatorName()
  const annotations = () => backend.requireSession().db.annotations
  const withPair = async (made: Annotated) => ({ ...made, pair: await backend.requireSession().db.pairs.get(made.pairId) })

  /** Runs a change that may be of texts, too, and reports the pair it was on. */
  async function changed(change: Promise<Annotated>) {
    const made = await change
    backend.events.publish('pairs', String(made.pairId))
    return withPair(made)
  }

  return {
    annotate: os.review.annotate.handler(async ({ input }) => {
      if (input.action === 'edit') return changed(annotations().annotate(input, annotator))
      const made = await annotations().annotate(input, annotator)
      backend.events.publish('labels', String(made.pairId), made.annotationId)
      return withPair(made)
    }),
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
