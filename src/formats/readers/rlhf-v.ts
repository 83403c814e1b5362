import { plainPrompt } from '../conversation.ts'
import { Fields, metadataOf, structured } from '../fields.ts'
import { imageFieldsOf } from '../images/image-fields.ts'
import { type Format } from '../format.ts'
import { isObject, kindOf, type JsonObject } from '../value.ts'

const TEXTS = ['question', 'chosen', 'rejected'] as const
const OWN = ['ds_name', 'idx', 'origin_dataset', 'origin_split', 'image_path'] as const

/** RLHF-V's `text`, which is an object in JSON; null where it is something else. */
function packed(record: JsonObject): JsonObject | null {
  const value = typeof record['text'] === 'string' ? structured(record['text']) : record['text']
  return isObject(value) ? value : null
}

/**
 * RLHF-V keeps `{question, chosen, rejected}` as JSON in its column `text`; RLAIF-V has three columns. `image` is an
 * image struct or a path. `idx` counts rows of the original file and is not unique in merged ones, so it is no id.
 */
export const rlhfV: Format = {
  id: 'rlhf-v',
  name: 'RLHF-V / RLAIF-V',
  shape: `{ds_name, image, text: '{"question", "chosen", "rejected"}'} or {question, chosen, rejected, image, idx, origin_dataset}`,
  score(record) {
    const inner = packed(record)
    const texts = TEXTS.filter((field) => typeof (inner ?? record)[field] === 'string').length
    const question = typeof (inner ?? record)['question'] === 'string'
    const own = OWN.filter((field) => field in record).length
    // Three texts alone are the columns of many a data set, some with more to the prompt than the question.
    return question
      ? 0.15 * texts +
          ('image' in record || imageFieldsOf(record, ['images']).length > 0 ? 0.3 : 0) +
          Math.min(0.25, 0.125 * own + (inner ? 0.25 : 0))
      : 0.05 * own
  },
  read(record) {
    const outer = new Fields(record)
    const inner = packed(record)
    if (!inner && record['text'] !== undefined && record['text'] !== null && record['question'] === undefined) {
      outer.addFault('text', 'wrong-type', `“text” is ${kindOf(record['text'])}, not {question, chosen, rejected} in JSON.`)
      return outer.finish({ prompt: [], images: [], chosen: '', rejected: '' }, [])
    }
    const at = (field: string) => outer.text(inner ? `text.${field}` : field, inner ? inner[field] : record[field])
    const [question, chosen, rejected] = [at('question'), at('chosen'), at('rejected')]
    const { used: shown, images } = outer.recordImages('image', 'images')
    const used = inner ? ['text', ...shown] : [...TEXTS, ...shown]
    return outer.finish(
      { prompt: plainPrompt(question, images), chosen, rejected, images, metadata: inner ? metadataOf(inner, TEXTS) : {} },
      used,
    )
  },
}
