import { commonLosses, extraColumns, extraFields } from './columns.ts'
import { flattenedLoss } from './marked.ts'
import type { Column } from './schema.ts'
import type { Writer } from './writer.ts'

/** The MM-RM authors' records. `img_path` is a path, or null; a list of paths for all where some pair has several images. */
export const mmRm: Writer = {
  id: 'mm-rm',
  name: 'MM-RM JSONL',
  container: 'json-lines',
  embeds: false,
  file: (split) => `${split}.jsonl`,
  refuses: () => null,
  keepsTurns: () => false,
  lost(features, shape) {
    const turns = features.turns === 'simple' ? [] : [flattenedLoss('In MM-RM, the prompt is one text.')]
    return [...turns, ...commonLosses(features, shape)]
  },
  columns(shape) {
    const columns: Column[] = [
      ...['id', 'prompt'].map((name): Column => ({ name, type: 'string' })),
      { name: 'img_path', type: shape.images === 'several' ? { list: 'string' } : 'string' },
      ...['chosen', 'rejected'].map((name): Column => ({ name, type: 'string' })),
    ]
    return [...columns, ...extraColumns(shape)]
  },
  record(pair, images, shape) {
    const { externalId, prompt, chosen, rejected } = pair
    const paths = images.map(({ text }) => text)
    const img_path = shape.images === 'several' ? paths : (paths[0] ?? null)
    return { id: externalId, prompt, img_path, chosen, rejected, ...extraFields(pair, shape) }
  },
}
