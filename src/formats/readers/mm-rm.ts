import { plainPrompt } from '../conversation.ts'
import { Fields } from '../fields.ts'
import type { Format } from '../format.ts'

/** The MM-RM authors' records: `{id, prompt, img_path, chosen, rejected}`; texts are kept to the letter. */
export const mmRm: Format = {
  id: 'mm-rm',
  name: 'MM-RM',
  shape: '{id, prompt, img_path, chosen, rejected}',
  score(record) {
    const texts = ['prompt', 'chosen', 'rejected'].filter((field) => typeof record[field] === 'string').length
    // Without img_path the record is as well a text-only TRL row, which then wins.
    return 0.15 * texts + ('img_path' in record ? ('prompt' in record ? 0.55 : 0.25) : 0)
  },
  read(record) {
    const fields = new Fields(record)
    const prompt = fields.text('prompt')
    const chosen = fields.text('chosen')
    const rejected = fields.text('rejected')
    const { used, images } = fields.recordImages('img_path')
    return fields.finish({ prompt: plainPrompt(prompt, images), chosen, rejected, images }, ['prompt', 'chosen', 'rejected', ...used])
  },
}
