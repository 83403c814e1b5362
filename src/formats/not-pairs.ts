import { structured } from './fields.ts'
import { isObject, type JsonObject, type Value } from './value.ts'
import { isImages } from './readers/ranked.ts'
import { numberOf } from './labels/verdict.ts'

/** Records that state no pairs: what they are, and what could be made of them. */
export type NotPairs = { what: string; remedy: string }

const ANSWER = ['completion', 'response', 'answer', 'output', 'generation', 'text', 'content', 'reply']
const MANY = ['responses', 'answers', 'completions', 'outputs', 'candidates', 'generations', 'images', 'videos']
const BINARY = [
  'label',
  'kto_tag',
  'is_good',
  'good',
  'desirable',
  'thumbs_up',
  'liked',
  'feedback',
  'is_preferred',
  'accepted',
  'is_chosen',
]
const SCORE = /^(score|rating|reward|stars?|quality|helpfulness|overall|rank|value|grade|points)([_ ]?score)?$/i

const PAIR_UP = 'For each prompt, join a good and a bad response into one record {prompt, chosen, rejected}.'

/** A text, a turn or a conversation. */
const isResponse = (value: Value): boolean =>
  typeof value === 'string' ||
  (Array.isArray(value) ? value.length > 0 && value.every(isObject) : isObject(value) && ('content' in value || 'value' in value))

/**
 * What records are that no format and no map makes pairs of: binary labels of single responses, as for KTO, scores of single responses,
 * rankings of images, several responses without a rank, or answers alone. Null where they look like something else.
 */
export function notPairs(sample: readonly JsonObject[]): NotPairs | null {
  const [first] = sample
  if (!first) return null
  const keys = Object.keys(first)
  const named = (names: readonly string[]): string | undefined =>
    keys.find((key) => names.includes(key.toLowerCase()) && (first[key] ?? null) !== null)
  const holds = (column: string, fits: (value: Value) => boolean): boolean =>
    sample.every((record) => (record[column] ?? null) === null || fits(record[column] as Value))
  const responses = keys.filter((key) => /^(chosen|reject(ed)?|good|bad|(dis|non_?)?preferred|win|los)|[_ ]?[ab012]$/i.test(key))
  if (responses.length > 1) return null
  const many = named(MANY)
  const list = many === undefined ? null : structured(first[many] ?? null)
  if (many !== undefined && Array.isArray(list) && list.length > 0) {
    const ranks = keys.find((key) => key !== many && /rank|score|rating|order|reward/i.test(key))
    if (isImages(list)) {
      return {
        what: `they rank images: “${many}” contains ${list.length} images per record${ranks ? ` and “${ranks}” their order` : ''}, but a pair is two texts about the same images`,
        remedy: 'Blindfold compares text responses. Write a text for each image, or use a tool for image preferences.',
      }
    }
    return {
      what: `they contain ${list.length} responses each (“${many}”), but not which is better`,
      remedy: 'Add a list “ranks” (1 is the best) or “scores” beside the responses. Any two responses that differ then form a pair.',
    }
  }
  const answer = named(ANSWER) ?? keys.find((key) => /messages|conversations?$/i.test(key))
  if (answer === undefined || !isResponse(first[answer] ?? null)) return null
  const binary = keys.find(
    (key) =>
      key !== answer &&
      BINARY.includes(key.toLowerCase()) &&
      holds(
        key,
        (value) =>
          typeof value === 'boolean' ||
          ['0', '1', 'true', 'false', 'good', 'bad', 'up', 'down', 'desirable', 'undesirable'].includes(String(value).toLowerCase()),
      ),
  )
  if (binary !== undefined) return { what: `they are single responses with a binary label (“${binary}”), as for KTO`, remedy: PAIR_UP }
  const score = keys.find((key) => key !== answer && SCORE.test(key) && holds(key, (value) => numberOf(value) !== null))
  if (score !== undefined)
    return {
      what: `they are scores of single responses (“${score}”)`,
      remedy: `Join the responses to each prompt into one record {prompt, responses: [...], scores: [...]}. Any two with different scores then form a pair.`,
    }
  return { what: `they are single responses (“${answer}”) without a preference`, remedy: PAIR_UP }
}
