import { plainPrompt } from '../conversation.ts'
import { Fields, structured, type StatedPair } from '../fields.ts'
import { type Format } from '../format.ts'
import { isObject, kindOf, type JsonObject, type Value } from '../value.ts'
import { numberOf } from '../labels/verdict.ts'

const PROMPTS = ['prompt', 'question', 'query', 'instruction', 'input']
const RESPONSES = ['responses', 'answers', 'completions', 'outputs', 'candidates', 'generations', 'replies', 'texts']
const TEXTS = ['text', 'response', 'answer', 'content', 'output', 'completion', 'value']
/** Ranks count from the best, scores to it. */
const RANKS = ['ranks', 'rank']
const SCORES = ['scores', 'score', 'ratings', 'rating', 'rewards', 'reward', 'overall_score']
/** May be the rank of each response, or the responses from best to worst. */
const UNCLEAR = ['ranking', 'rankings', 'order', 'ranked']

type Rated = { text: Value; rating: Value }
/** The responses of a record with what rates them; `lower`: the lower one is better. */
type Found = { field: string; by: string; lower: boolean; rated: Rated[]; unequal: string | null }

const first = (record: JsonObject, names: readonly string[]): string | undefined => names.find((name) => (record[name] ?? null) !== null)

function foundIn(record: JsonObject): Found | null {
  const field = first(record, RESPONSES)
  const list = field === undefined ? null : structured(record[field] ?? null)
  if (field === undefined || !Array.isArray(list) || list.length === 0) return null
  const by = first(record, [...RANKS, ...SCORES, ...UNCLEAR])
  const ratings = by === undefined ? null : structured(record[by] ?? null)
  if (by !== undefined && Array.isArray(ratings)) {
    const unequal =
      ratings.length === list.length
        ? null
        : `“${field}” contains ${list.length} responses, but “${by}” has ${ratings.length} entries. The numbers must match.`
    return { field, by, lower: !SCORES.includes(by), rated: list.map((text, i) => ({ text, rating: ratings[i] ?? null })), unequal }
  }
  const inner = list.every(isObject) ? list : []
  const [one] = inner
  const [text, rating] = one ? [first(one, TEXTS), first(one, [...RANKS, ...SCORES])] : []
  if (text === undefined || rating === undefined) return null
  return {
    field,
    by: `${field}[].${rating}`,
    lower: RANKS.includes(rating),
    rated: inner.map((each) => ({ text: each[text] ?? null, rating: each[rating] ?? null })),
    unequal: null,
  }
}

/** Whether `[2, 1, 3]` says the same read as ranks and as an order from the best: it is its own inverse. */
function readsEitherWay(ranking: readonly (number | null)[]): boolean {
  const least = Math.min(...ranking.map((rank) => rank ?? NaN))
  return ranking.every((rank, i) => rank !== null && ranking[rank - least] === i + least)
}

/**
 * Several responses with ranks or scores: every two of different rank form one pair, the better one chosen, as of VLFeedback.
 * Empty responses are in no pair.
 */
export const ranked: Format = {
  id: 'ranked',
  name: 'ranked responses',
  shape: '{prompt, responses: [...], ranks | scores: [...]} or {prompt, responses: [{text, score | rank}]}',
  score(record) {
    const found = foundIn(record)
    if (!found || isImages(found.rated.map(({ text }) => text))) return 0
    return 0.7 + (first(record, PROMPTS) === undefined ? 0 : 0.3)
  },
  read(record) {
    const fields = new Fields(record)
    const asked = first(record, PROMPTS) ?? 'prompt'
    const prompt = fields.text(asked)
    const field = fields.has('image') && !fields.has('images') ? 'image' : 'images'
    const images = fields.images(field)
    const id = fields.id()
    const found = foundIn(record)
    if (!found) fields.addFault('responses', 'missing-field', 'The list of responses with ranks or scores is missing.')
    else if (found.unequal !== null) fields.addFault(found.by, 'wrong-type', found.unequal)
    if (!found || found.unequal !== null) return fields.finish({ prompt: [], images: [], chosen: '', rejected: '' }, [])
    const { by, lower, rated } = found
    const ratings = rated.map(({ rating }, i) => {
      const number = numberOf(rating)
      if (number === null && rating !== null)
        fields.addFault(`${by}[${i}]`, 'wrong-type', `Entry ${i + 1} of “${by}” is ${kindOf(rating)}, not a number.`)
      return number
    })
    if (UNCLEAR.includes(by) && !readsEitherWay(ratings)) {
      fields.addFault(
        by,
        'wrong-type',
        `“${by}” may be the rank of each response, or the responses from best to worst. If it contains ranks (1 is the best), rename it “ranks”.`,
      )
    }
    const texts = rated.map(({ text }, i) => (text === null ? '' : fields.text(`${found.field}[${i}]`, text)))
    const pairs = pairsOf(
      texts,
      ratings.map((rating) => (rating !== null && lower ? -rating : rating)),
      id,
      rated,
    )
    if (fields.faults.length === 0 && pairs.length === 0)
      fields.addFault(found.field, 'no-preference', `No two of the ${rated.length} responses have different ${lower ? 'ranks' : 'scores'}.`)
    const used = [asked, field, 'id', found.field, ...(by.includes('[') ? [] : [by])]
    return fields.finishAll(
      pairs.map((pair) => ({ ...pair, prompt: plainPrompt(prompt, images), images })),
      used,
    )
  },
}

function pairsOf(
  texts: readonly string[],
  ratings: readonly (number | null)[],
  id: string | null,
  rated: readonly Rated[],
): Omit<StatedPair, 'prompt' | 'images'>[] {
  return texts.flatMap((a, i) =>
    texts.slice(i + 1).flatMap((b, offset) => {
      const j = i + 1 + offset
      const [x, y] = [ratings[i] ?? null, ratings[j] ?? null]
      if (x === null || y === null || x === y || a.trim() === '' || b.trim() === '' || a.trim() === b.trim()) return []
      const [better, worse] = x > y ? [i, j] : [j, i]
      const told = (at: number) => ({ response: at + 1, rating: numberOf(rated[at]?.rating) })
      return [
        {
          externalId: id === null ? null : `${id}/${better + 1}-${worse + 1}`,
          chosen: texts[better] ?? '',
          rejected: texts[worse] ?? '',
          metadata: { record: id, chosen: told(better), rejected: told(worse) },
        },
      ]
    }),
  )
}

/** Whether what is ranked are pictures and not texts. */
export const isImages = (list: readonly Value[]): boolean =>
  list.length > 0 &&
  list.every(
    (entry) =>
      entry instanceof Uint8Array ||
      (typeof entry === 'string' && (/^data:image\//i.test(entry) || /^\S{1,2000}\.(png|jpe?g|webp|gif|avif|bmp)(\?\S*)?$/i.test(entry))) ||
      (isObject(entry) && ('bytes' in entry || 'path' in entry)),
  )
