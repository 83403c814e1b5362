import { commonLosses, extraColumns, extraFields } from './columns.ts'
import { flattenedLoss, markedLosses, markedTurns, markRefusal } from './marked.ts'
import type { Column, ColumnType } from './schema.ts'
import type { Loss, Writer } from './writer.ts'

const TURN: ColumnType = {
  struct: [
    { name: 'from', type: 'string' },
    { name: 'value', type: 'string' },
  ],
}
const TAGS = { user: 'human', assistant: 'gpt' } as const

/**
 * POVID and LLaVA-DPO: a JSON array of `{id, image, conversations, rejected_conversations}`. LLaVA knows one image a
 * record, and turns of human and gpt only; it trims texts, and so does the reader.
 */
export const povid: Writer = {
  id: 'povid',
  name: 'POVID / LLaVA-DPO',
  container: 'json-array',
  embeds: false,
  file: (split) => `${split}.json`,
  refuses({ images, mark }) {
    if (images === 2) return 'LLaVA reads one image per record. Pairs with several images are excluded.'
    return mark.prompt || mark.responses ? markRefusal('LLaVA') : null
  },
  keepsTurns: ({ turns, system, tools, strayImages }) => turns === 'question' && !system && !tools && !strayImages,
  lost(features, shape) {
    const { blankEnds } = features
    const kept = features.turns === 'simple' || this.keepsTurns(features)
    const turns = kept ? markedLosses(features) : [flattenedLoss('In LLaVA, only human and gpt have turns, and they alternate.')]
    const trimmed = (['prompt', 'chosen', 'rejected'] as const).flatMap((field): Loss[] =>
      blankEnds[field] ? [{ field, why: 'White space at the ends of texts is trimmed on import.' }] : [],
    )
    // Trimmed parts of turns are other messages.
    const parts =
      kept && features.turns !== 'simple' && blankEnds.prompt
        ? [{ field: 'messages', why: 'White space at the ends of texts is trimmed on import.' }]
        : []
    return [...turns, ...trimmed, ...parts, ...commonLosses(features, shape)]
  },
  columns(shape) {
    const columns: Column[] = [
      { name: 'id', type: 'string' },
      { name: 'image', type: 'string' },
      { name: 'conversations', type: { list: TURN } },
      { name: 'rejected_conversations', type: { list: TURN } },
    ]
    return [...columns, ...extraColumns(shape)]
  },
  record(pair, images, shape) {
    const turn = (from: string, value: string) => ({ from, value })
    const question = markedTurns(pair, images.length, '\n').map(({ role, text }) =>
      turn(role === 'assistant' ? TAGS.assistant : TAGS.user, text),
    )
    return {
      id: pair.externalId,
      // LLaVA takes a record that has the field for one with an image.
      ...(images[0] ? { image: images[0].text } : {}),
      conversations: [...question, turn('gpt', pair.chosen)],
      rejected_conversations: [...question, turn('gpt', pair.rejected)],
      ...extraFields(pair, shape),
    }
  },
}
