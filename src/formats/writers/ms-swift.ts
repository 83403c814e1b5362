import { commonLosses, extraColumns, extraFields } from './columns.ts'
import { flattenedLoss, markedLosses, markedTurns, markRefusal } from './marked.ts'
import type { Column, ColumnType } from './schema.ts'
import type { Writer } from './writer.ts'

const TURN: ColumnType = {
  struct: [
    { name: 'role', type: 'string' },
    { name: 'content', type: 'string' },
  ],
}

/**
 * ms-swift's preference records: `messages` ends with the chosen answer, `rejected_response` is the other. Each
 * `<image>` in the prompt takes the next image; in the answers, behind all images, it is text.
 */
export const msSwift: Writer = {
  id: 'ms-swift',
  name: 'ms-swift',
  container: 'json-lines',
  embeds: true,
  file: (split) => `${split}.jsonl`,
  refuses: ({ mark }) => (mark.prompt ? markRefusal('ms-swift') : null),
  keepsTurns: ({ turns, strayImages }) => turns === 'question' && !strayImages,
  lost(features, shape) {
    const kept = features.turns === 'simple' || this.keepsTurns(features)
    const turns = kept
      ? markedLosses(features)
      : [flattenedLoss('In ms-swift, user and assistant turns alternate, the user is last, and only user turns show images.')]
    return [...turns, ...commonLosses(features, shape)]
  },
  columns(shape) {
    const columns: Column[] = [
      { name: 'id', type: 'string' },
      { name: 'messages', type: { list: TURN } },
      { name: 'rejected_response', type: 'string' },
    ]
    if (shape.images !== 'none') columns.push({ name: 'images', type: { list: 'string' } })
    return [...columns, ...extraColumns(shape)]
  },
  record(pair, images, shape) {
    const turns = markedTurns(pair, images.length).map(({ role, text }) => ({ role, content: text }))
    return {
      id: pair.externalId,
      messages: [...turns, { role: 'assistant', content: pair.chosen }],
      rejected_response: pair.rejected,
      ...(shape.images === 'none' ? {} : { images: images.map(({ text }) => text) }),
      ...extraFields(pair, shape),
    }
  },
}
