import { simpleMessages, type Message } from '../../core/messages.ts'
import { commonLosses, extraColumns, extraFields } from './columns.ts'
import { flattenedLoss } from './marked.ts'
import type { Column, ColumnType } from './schema.ts'
import type { Record, Shape, Value, WrittenImage, Writer } from './writer.ts'

const MESSAGES: ColumnType = {
  list: {
    struct: [
      { name: 'role', type: 'string' },
      {
        name: 'content',
        type: {
          list: {
            struct: [
              { name: 'type', type: 'string' },
              { name: 'text', type: 'string' },
            ],
          },
        },
      },
    ],
  },
}

/**
 * TRL's explicit-prompt preference records. One export has one shape: plain texts where no pair has an image or turns,
 * message lists with `{type: image}` parts else. `images` is absent where no pair has any: TRL takes a data set that has
 * the column for one of a vision model.
 */
const trlRecords: Pick<Writer, 'embeds' | 'refuses' | 'keepsTurns' | 'lost' | 'columns' | 'record'> = {
  embeds: true,
  refuses: () => null,
  // TRL does not count images in what a tool says.
  keepsTurns: ({ strayImages, tools }) => !(strayImages && tools),
  lost(features, shape) {
    const flattened = features.turns !== 'simple' && features.strayImages && features.tools
    return [...(flattened ? [flattenedLoss('In TRL, tool turns show no images.')] : []), ...commonLosses(features, shape)]
  },
  columns(shape) {
    const text: ColumnType = shape.messages ? MESSAGES : 'string'
    const columns: Column[] = [{ name: 'id', type: 'string' }, ...['prompt', 'chosen', 'rejected'].map((name) => ({ name, type: text }))]
    if (shape.images !== 'none') columns.push({ name: 'images', type: { list: imageType(shape) } })
    return [...columns, ...extraColumns(shape)]
  },
  record(pair, images, shape): Record {
    const { externalId, prompt, chosen, rejected, messages } = pair
    const texts = shape.messages
      ? { prompt: written(messages ?? simpleMessages(prompt, images.length)), chosen: response(chosen), rejected: response(rejected) }
      : { prompt, chosen, rejected }
    return {
      id: externalId,
      ...texts,
      ...(shape.images === 'none' ? {} : { images: images.map((image) => imageValue(image, shape)) }),
      ...extraFields(pair, shape),
    }
  },
}

export const trl: Writer = { id: 'trl', name: 'TRL JSONL', container: 'json-lines', file: (split) => `${split}.jsonl`, ...trlRecords }

export const trlParquet: Writer = {
  id: 'trl-parquet',
  name: 'TRL Parquet',
  container: 'parquet',
  file: (split) => `data/${split}-00000-of-00001.parquet`,
  ...trlRecords,
}

/** In JSONL, `datasets` opens images by their paths only: a data URL is a text to it. */
const imageType = ({ embedded, container }: Shape): ColumnType => (embedded && container !== 'parquet' ? 'string' : 'image')

function imageValue({ text, bytes }: WrittenImage, { container }: Shape): Value {
  return container === 'parquet' ? { bytes, path: text } : text
}

/** A turn without any part would have no content at all: an empty text says the same. */
const written = (messages: readonly Message[]): Value =>
  messages.map(({ role, content }) => ({
    role,
    content: content.length === 0 ? [{ type: 'text', text: '' }] : content.map((part) => ({ ...part })),
  }))

const response = (text: string): Value => [{ role: 'assistant', content: [{ type: 'text', text }] }]
