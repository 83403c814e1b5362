import { commonLosses, extraColumns, extraFields } from './columns.ts'
import { flattenedLoss, markedLosses, markedTurns, markRefusal } from './marked.ts'
import type { Column, ColumnType } from './schema.ts'
import type { Writer } from './writer.ts'

const TAGS = { user: 'human', assistant: 'gpt', system: 'system', tool: 'observation' } as const
const TURN: ColumnType = {
  struct: [
    { name: 'from', type: 'string' },
    { name: 'value', type: 'string' },
  ],
}

/**
 * LLaMA-Factory's sharegpt ranking data with its `dataset_info.json`. Its rules (data/converter.py, data/mm_plugin.py):
 * after a system turn, human (or observation) and gpt take turns and human ends; the texts hold as many `<image>` as there
 * are images, and no `<video>` or `<audio>` without such media; images are files.
 */
export const llamaFactory: Writer = {
  id: 'llama-factory',
  name: 'LLaMA-Factory',
  container: 'json-lines',
  embeds: false,
  file: (split) => `${split}.jsonl`,
  refuses({ mark, otherMark }) {
    if (mark.prompt || mark.responses) return markRefusal('LLaMA-Factory')
    return otherMark
      ? 'A text contains the literal <video> or <audio>, for which LLaMA-Factory requires media. These pairs are excluded.'
      : null
  },
  keepsTurns: ({ turns, strayImages }) => turns !== 'free' && !strayImages,
  lost(features, shape) {
    const kept = features.turns === 'simple' || this.keepsTurns(features)
    const turns = kept
      ? markedLosses(features)
      : [flattenedLoss('In LLaMA-Factory, user and assistant turns alternate, and only user turns show images.')]
    return [...turns, ...commonLosses(features, shape)]
  },
  columns(shape) {
    const columns: Column[] = [
      { name: 'id', type: 'string' },
      { name: 'conversations', type: { list: TURN } },
      { name: 'chosen', type: TURN },
      { name: 'rejected', type: TURN },
    ]
    if (shape.images !== 'none') columns.push({ name: 'images', type: { list: 'string' } })
    return [...columns, ...extraColumns(shape)]
  },
  record(pair, images, shape) {
    const turn = (from: string, value: string) => ({ from, value })
    return {
      id: pair.externalId,
      conversations: markedTurns(pair, images.length).map(({ role, text }) => turn(TAGS[role], text)),
      chosen: turn('gpt', pair.chosen),
      rejected: turn('gpt', pair.rejected),
      ...(shape.images === 'none' ? {} : { images: images.map(({ text }) => text) }),
      ...extraFields(pair, shape),
    }
  },
  beside(files, shape) {
    const columns = {
      messages: 'conversations',
      chosen: 'chosen',
      rejected: 'rejected',
      ...(shape.images === 'none' ? {} : { images: 'images' }),
    }
    const entries = files.map(({ split, file }) => [
      `blindfold_${split}`,
      { file_name: file, formatting: 'sharegpt', ranking: true, columns },
    ])
    return { 'dataset_info.json': `${JSON.stringify(Object.fromEntries(entries), null, 2)}\n` }
  },
}
