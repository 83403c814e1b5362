import type { Loss, Writer } from './writer.ts'

/** The version of the record; readers refuse a newer one. */
export const BLINDFOLD_RECORD = 1

/**
 * Everything that a project holds of a pair, to be read by Blindfold again: the texts as imported, turns, images, metadata,
 * tags, and all that was said of it. The state that follows from these, and the audit numbers, stand beside them for
 * other readers and are not restored: the first is recomputed, the others belong to models that do not come along.
 */
export const blindfold: Writer = {
  id: 'blindfold',
  name: 'Blindfold JSONL',
  container: 'json-lines',
  embeds: true,
  file: (split) => `${split}.jsonl`,
  refuses: () => null,
  keepsTurns: () => true,
  lost(features, { original }) {
    const losses: Loss[] = []
    if (features.scored)
      losses.push({
        field: 'scores',
        why: 'Written, but not restored on import, because they belong to models of this project. A new blind test computes them again.',
      })
    if (original && features.reviewed) losses.push({ field: 'review', why: 'Pairs are written as imported.' })
    return losses
  },
  columns: () => null,
  record(pair, images, { original: asImported, columns }) {
    const { original, status, prompt, chosen, rejected } = pair
    const { priorSfc, auditSfc, weight, quadrant } = pair
    return {
      blindfold: BLINDFOLD_RECORD,
      id: pair.externalId,
      source: pair.source,
      split: pair.split,
      prompt: original.prompt,
      chosen: original.chosen,
      rejected: original.rejected,
      messages: original.messages?.map(({ role, content }) => ({ role, content: content.map((part) => ({ ...part })) })) ?? null,
      images: images.map(({ text }) => text),
      tied: original.tied,
      metadata: pair.metadata,
      tags: pair.tags,
      history: asImported ? [] : pair.history.map((entry) => ({ ...entry })),
      ...(asImported ? {} : { current: { status, prompt, chosen, rejected } }),
      ...(columns ? { scores: { prior_sfc: priorSfc, audit_sfc: auditSfc, weight, quadrant } } : {}),
    }
  },
}
