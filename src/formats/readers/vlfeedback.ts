import { plainPrompt } from '../conversation.ts'
import { Fields, structured, type StatedPair } from '../fields.ts'
import { type Format } from '../format.ts'
import { isObject, kindOf, type Json, type JsonObject, type Value } from '../value.ts'

/** One model's response with its ratings by aspect. */
type Rated = {
  /** Which of the record's responses it is, from 1. */
  number: number
  text: string
  model: string | null
  ratings: { [aspect: string]: number | null }
  rationales: { [aspect: string]: string }
  /** Sum and number of the ratings that are numbers: means are compared without rounding. */
  sum: number
  count: number
}

/** Both layouts as one: a list of `{annotations, model, response}`, or the same three as lists beside one another. */
function entriesOf(fields: Fields): JsonObject[] {
  const value = structured(fields.get('completions') ?? null)
  if (Array.isArray(value)) {
    return value.flatMap((entry, index) => {
      if (isObject(entry)) return [entry]
      fields.addFault(
        `completions[${index}]`,
        'wrong-type',
        `“completions[${index}]” is ${kindOf(entry)}, not {annotations, model, response}.`,
      )
      return []
    })
  }
  if (!isObject(value)) {
    if (value === null) fields.addFault('completions', 'missing-field', '“completions” is missing.')
    else fields.addFault('completions', 'wrong-type', `“completions” is ${kindOf(value)}, not responses with their annotations.`)
    return []
  }
  const column = (key: string): Value[] | null => {
    const list = value[key]
    if (Array.isArray(list)) return list
    if (list !== undefined && list !== null)
      fields.addFault(`completions.${key}`, 'wrong-type', `“completions.${key}” is ${kindOf(list)}, not a list.`)
    else if (key !== 'model') fields.addFault(`completions.${key}`, 'missing-field', `“completions.${key}” is missing.`)
    return null
  }
  const [annotations, response, model] = [column('annotations'), column('response'), column('model')]
  if (!annotations || !response) return []
  if (annotations.length !== response.length || (model && model.length !== response.length)) {
    const lengths = `${response.length} responses, ${annotations.length} annotations${model ? ` and ${model.length} models` : ''}`
    fields.addFault('completions', 'wrong-type', `“completions” contains ${lengths}. The numbers must match.`)
    return []
  }
  return response.map((text, index) => ({ response: text, annotations: annotations[index] ?? null, model: model?.[index] ?? null }))
}

function readRated(fields: Fields, entry: JsonObject, index: number): Rated {
  const at = `completions[${index}]`
  const text = fields.text(`${at}.response`, entry['response'])
  const model = typeof entry['model'] === 'string' ? entry['model'] : null
  const rated: Rated = { number: index + 1, text, model, ratings: {}, rationales: {}, sum: 0, count: 0 }
  const annotations = entry['annotations']
  if (!isObject(annotations)) {
    fields.addFault(
      `${at}.annotations`,
      annotations === undefined || annotations === null ? 'missing-field' : 'wrong-type',
      `“${at}.annotations” is ${kindOf(annotations ?? null)}, not an object of aspects.`,
    )
    return rated
  }
  for (const [aspect, judged] of Object.entries(annotations)) {
    if (judged === null) continue
    const rating = ratingOf(isObject(judged) ? (judged['Rating'] ?? null) : judged)
    if (rating === undefined) {
      fields.addFault(
        `${at}.annotations.${aspect}`,
        'wrong-type',
        `The rating “${aspect}” of response ${index + 1} is neither a number nor N/A.`,
      )
      continue
    }
    rated.ratings[aspect] = rating
    if (isObject(judged) && typeof judged['Rationale'] === 'string') rated.rationales[aspect] = judged['Rationale']
    if (rating !== null) {
      rated.sum += rating
      rated.count += 1
    }
  }
  return rated
}

/** A number, also as text; null where it was not rated; undefined where it is something else. */
function ratingOf(value: Value): number | null | undefined {
  if (value === null) return null
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined
  if (typeof value !== 'string') return undefined
  const text = value.trim()
  if (text === '' || /^n\/?a$/i.test(text)) return null
  return /^[-+]?\d+(\.\d+)?$/.test(text) ? Number(text) : undefined
}

const told = ({ number, model, ratings, rationales, sum, count }: Rated): { [key: string]: Json } => ({
  response: number,
  model,
  rating: sum / count,
  ratings,
  rationales,
})

/** Every two responses whose mean ratings differ, the better one chosen. */
function pairsOf(rated: readonly Rated[], id: string | null): Omit<StatedPair, 'prompt' | 'images'>[] {
  return rated.flatMap((a, index) =>
    rated.slice(index + 1).flatMap((b) => {
      // The same as comparing the means, but exact.
      const difference = a.sum * b.count - b.sum * a.count
      if (difference === 0 || a.text.trim() === b.text.trim()) return []
      const [better, worse] = difference > 0 ? [a, b] : [b, a]
      return [
        {
          externalId: id === null ? null : `${id}/${better.number}-${worse.number}`,
          chosen: better.text,
          rejected: worse.text,
          metadata: { record: id, chosen: told(better), rejected: told(worse) },
        },
      ]
    }),
  )
}

/**
 * VLFeedback: several responses to a question, each rated by aspect. The rating of a response is the mean of its aspects
 * that are numbers; every two responses with different ratings form a pair. Responses without any rating, and empty ones,
 * are in no pair. A record of which no pair can be made has `no-preference`.
 */
export const vlfeedback: Format = {
  id: 'vlfeedback',
  name: 'VLFeedback',
  shape: '{id, prompt, image | img_path, completions: [{annotations: {aspect: {Rating, Rationale}}, model, response}]}',
  score(record) {
    const completions = structured(record['completions'] ?? null)
    const first = Array.isArray(completions) ? completions[0] : completions
    const inside = isObject(first) ? ['annotations', 'response', 'model'].filter((key) => key in first).length : 0
    return (typeof record['prompt'] === 'string' ? 0.1 : 0) + ('completions' in record ? 0.3 : 0) + 0.2 * inside
  },
  read(record) {
    const fields = new Fields(record)
    const text = fields.text('prompt')
    const { used, images } = fields.recordImages('image', 'img_path')
    const id = fields.id()
    const all = entriesOf(fields).map((entry, index) => readRated(fields, entry, index))
    const rated = all.filter((each) => each.count > 0 && each.text.trim() !== '')
    const pairs = pairsOf(rated, id)
    if (fields.faults.length === 0 && pairs.length === 0) {
      const usable = `${rated.length} of its ${all.length} response${all.length === 1 ? '' : 's'} can be compared`
      fields.addFault('completions', 'no-preference', `No two responses have different mean ratings: ${usable}.`)
    }
    const prompt = plainPrompt(text, images)
    return fields.finishAll(
      pairs.map((pair) => ({ ...pair, prompt, images })),
      ['id', 'prompt', ...used, 'completions'],
    )
  },
}
