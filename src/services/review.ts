import { userInfo } from 'node:os'
import type { Annotated } from '../db/annotations/log.ts'
import type { Backend } from './backend.ts'
import { os } from './procedure.ts'

export function reviewService(backend: Backend) {
  const annotator = annotatorName()
  const annotations = () => backend.requireSession().db.annotations

  /** Runs a change, reports the pair it was on, and answers with that pair. */
  async function changed(change: Promise<Annotated>, topic: 'labels' | 'pairs') {
    const made = await change
    backend.events.publish(topic, String(made.pairId), made.annotationId)
    return { ...made, pair: await backend.requireSession().db.pairs.get(made.pairId) }
  }

  return {
    annotate: os.review.annotate.handler(({ input }) =>
      changed(annotations().annotate(input, annotator), input.action === 'edit' ? 'pairs' : 'labels'),
    ),
    // What is undone may have been an edit of the texts.
    undo: os.review.undo.handler(() => changed(annotations().undo(annotator), 'pairs')),
    redo: os.review.redo.handler(() => changed(annotations().redo(annotator), 'pairs')),
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
