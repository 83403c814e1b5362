import type { Convention, Verdict } from '../../contract/imports.ts'
import { responseText } from '../../core/messages.ts'
import { answerOf, MARKED_STYLE, plainPrompt, readTurns, sameTurns, settle, type Turn } from '../conversation.ts'
import { Fields, structured, type StatedPair } from '../fields.ts'
import type { Format } from '../format.ts'
import type { JsonObject, Value } from '../value.ts'
import type { LabelUse } from '../format.ts'
import { higherOf, inWords, labelText, modelsOf, numberOf, sidesOf, verdictOf, type Sides } from '../labels/verdict.ts'

const PROMPTS = ['prompt', 'question', 'query', 'instruction', 'input', 'text']
const IMAGES = ['image', 'images', 'img_path', 'image_path', 'img']
const LABELS = [
  'label',
  'better',
  'winner',
  'preference',
  'preferred',
  'verdict',
  'judgment',
  'judgement',
  'choice',
  'better_response_id',
  'better_response',
]
/** Names that say as much only where the value is a verdict in words. */
const WORDED = [
  'score',
  'result',
  'outcome',
  'vote',
  'annotation',
  'overall_preference',
  'human_preference',
  'pairwise_preference',
  'preferred_response',
  'chosen',
  'selected',
  'judge_verdict',
]
/** Of these, names of nothing but a verdict: a word in them is one, whether it is known or not. */
const VERDICTS = ['vote', 'outcome', 'human_preference', 'pairwise_preference', 'overall_preference', 'judge_verdict']
const MAX_WORD = 40
const STEM = /^(output|response|answer|completion|conversation|candidate|reply|generation)([_ .-]?)([01a])$/i
const NEXT: Record<string, string> = { 0: '1', 1: '2', a: 'b', A: 'B' }

/** Where a record keeps its two responses: two columns, or one list `response` with `human_ranking`. */
type Columns = { first: string; second: string } | { list: string; ranking: string }

function columnsOf(record: JsonObject): Columns | null {
  if (Array.isArray(structured(record['response'] ?? null)) && 'human_ranking' in record)
    return { list: 'response', ranking: 'human_ranking' }
  const pairs = Object.keys(record).flatMap((first) => {
    const [, stem, gap, ending = ''] = STEM.exec(first) ?? []
    const second = `${stem}${gap}${NEXT[ending]}`
    return stem !== undefined && second in record ? [{ first, second, ending }] : []
  })
  // Columns that count from 0 hold a 1 as well.
  return pairs.sort((a, b) => a.ending.localeCompare(b.ending))[0] ?? null
}

/** The record's own spelling of the first of these names that holds something, or that is there at all. */
function columnNamed(record: JsonObject, names: readonly string[]): string | null {
  const keys = names.flatMap((name) => Object.keys(record).filter((key) => key.toLowerCase() === name))
  return keys.find((key) => record[key] !== null && record[key] !== undefined && record[key] !== '') ?? keys[0] ?? null
}

/** The column `score_a`, `rating_1` or `response_a_score` of a column of responses. */
function scoreColumn(record: JsonObject, column: string): string | null {
  const ending = /([_ ]?)([0-9a-z])$/i.exec(column)
  const names = ['score', 'rating'].flatMap((word) => [`${word}${ending?.[0]}`, `${word}_${ending?.[2]}`, `${column}_${word}`])
  return columnNamed(
    record,
    names.map((name) => name.toLowerCase()),
  )
}

function scoreOf(record: JsonObject, column: string): Value | undefined {
  const found = scoreColumn(record, column)
  return found === null ? undefined : record[found]
}

const FLAGS = ['winner_model_a', 'winner_model_b', 'winner_tie']

type Rule = Convention['label'] | null

const sidesIn = (record: JsonObject, first: string, second: string): Sides =>
  sidesOf(first, second, { ...modelsOf(record), responses: [record[first], record[second]] })

/** The column that the rule names; without one, the record's own column of a usual name, or one that holds a verdict in words. */
function labelColumn(record: JsonObject, first: string, second: string, rule: Rule): string | null {
  if (rule) return rule.column
  const usual = columnNamed(record, LABELS)
  if (usual !== null && (record[usual] ?? null) !== null) return usual
  const sides = sidesIn(record, first, second)
  const worded = columnNamed(record, WORDED)
  if (worded === null || numberOf(record[worded]) !== null) return null
  return inWords(record[worded] ?? null, sides) !== null ||
    (isUnknownWord(worded, record[worded]) && higherOf(scoreOf(record, first), scoreOf(record, second)) === null)
    ? worded
    : null
}

const isUnknownWord = (column: string, value: Value | undefined): boolean =>
  VERDICTS.includes(column.toLowerCase()) && typeof value === 'string' && value.trim() !== '' && value.length <= MAX_WORD

/** Which of the two is better, with what was looked at for a message. */
function judge(record: JsonObject, columns: Columns, rule: Rule): { verdict: Verdict | null; field: string; said: string } {
  if ('list' in columns) {
    const ranks = structured(record[columns.ranking] ?? null)
    const [first, second] = Array.isArray(ranks) && ranks.length === 2 ? ranks : []
    // Ranks count from the best: the lower one wins.
    return { verdict: higherOf(second, first), field: columns.ranking, said: labelText(ranks) }
  }
  const { first, second } = columns
  const label = labelColumn(record, first, second, rule)
  if (label !== null)
    return {
      verdict: verdictOf(record[label] ?? null, sidesIn(record, first, second), rule?.values ?? null),
      field: label,
      said: labelText(record[label]),
    }
  const [won, lost, tie] = FLAGS.map((name) => numberOf(record[name]))
  if (typeof won === 'number' && typeof lost === 'number') {
    const verdict = won + lost + (tie ?? 0) !== 1 ? null : won === 1 ? 'first' : lost === 1 ? 'second' : 'tie'
    return { verdict, field: 'winner_model_a', said: `${won}, ${lost}, ${tie ?? '–'}` }
  }
  const scores = [scoreOf(record, first), scoreOf(record, second)]
  return {
    verdict: higherOf(...(scores as [Value | undefined, Value | undefined])),
    field: `score of ${first}`,
    said: scores.map(labelText).join(', '),
  }
}

function labelIn(record: JsonObject, rule: Rule): LabelUse | null {
  const columns = columnsOf(record)
  if (!columns || 'list' in columns) return null
  const { first, second } = columns
  const column = labelColumn(record, first, second, rule)
  const used =
    column !== null
      ? [column]
      : FLAGS.some((name) => name in record)
        ? FLAGS
        : [scoreColumn(record, first), scoreColumn(record, second)].filter((name) => name !== null)
  return { column, used, value: column === null ? null : (record[column] ?? null), sides: sidesIn(record, first, second), first, second }
}

/**
 * Pairs that somebody judged: two responses and which is better, as a label (MT-Bench, LLMBar, Multimodal RewardBench), as
 * two scores, or as ranks (VL-RewardBench). A tie is a pair, marked as one. How it was judged stays in the metadata.
 */
export const judged = judgedBy(null)

/** @param rule which column is the label and what its values mean, by all records; null: as each record says itself */
export function judgedBy(rule: Rule): Format {
  return {
    id: 'judged',
    name: 'judged pairs',
    shape:
      '{input, output_1, output_2, label}, {Text, Image, Output1, Output2, Better} or {prompt, response_a, response_b, score_a, score_b}',
    score(record) {
      const columns = columnsOf(record)
      if (!columns) return 0
      const { verdict } = judge(record, columns, rule)
      const asked = columnNamed(record, PROMPTS) !== null || ('first' in columns && /^conversation/i.test(columns.first))
      // What a number means, only all labels of the file tell.
      const said = verdict !== null || (labelIn(record, rule)?.value ?? null) !== null
      return 0.4 + (said ? 0.4 : 0) + (asked ? 0.2 : 0)
    },
    read(record) {
      const fields = new Fields(record)
      const columns = columnsOf(record)
      if (!columns) {
        fields.addFault(
          null,
          'missing-field',
          'The two responses are missing: no columns such as output_1 and output_2, or response_a and response_b.',
        )
        return fields.finish({ prompt: [], images: [], chosen: '', rejected: '' }, [])
      }
      const { verdict, field, said } = judge(record, columns, rule)
      if (verdict === null) {
        const wanted = 'list' in columns ? 'two ranks' : `${columns.first}, ${columns.second}, another name for one of them, or tie`
        const code = said === 'missing' || said === 'missing, missing' ? 'missing-field' : 'wrong-type'
        fields.addFault(field, code, `The better response is ${said}, not ${wanted}.`)
      }
      const imageField = columnNamed(record, IMAGES)
      const images = imageField === null ? [] : fields.images(imageField)
      const id = columnNamed(record, ['id'])
      const externalId = id === null ? null : fields.id(id)
      const { used, ...stated } =
        'first' in columns && /^conversation/i.test(columns.first)
          ? conversations(fields, columns, images, imageField)
          : texts(fields, columns, images)
      const [chosen, rejected] = verdict === 'second' ? [stated.second, stated.first] : [stated.first, stated.second]
      const pair: StatedPair = { prompt: stated.prompt, images: stated.images, chosen, rejected, tied: verdict === 'tie', externalId }
      return fields.finish(pair, [...used, ...(imageField === null ? [] : [imageField]), ...(id === null ? [] : [id])])
    },
    label: (record) => labelIn(record, rule),
  }
}

type Sided = Pick<StatedPair, 'prompt' | 'images'> & { first: string; second: string; used: string[] }

function texts(fields: Fields, columns: Columns, images: StatedPair['images']): Sided {
  const { record } = fields
  const instruction = columnNamed(record, ['instruction'])
  const input = columnNamed(record, ['input'])
  // Alpaca's way: the instruction and, where there is one, its input.
  const asked =
    instruction !== null && input !== null && columnNamed(record, PROMPTS.slice(0, 3)) === null
      ? [instruction, input]
      : [columnNamed(record, PROMPTS) ?? 'prompt']
  const prompt = asked
    .map((column) => fields.text(column))
    .filter((text, index) => index === 0 || text !== '')
    .join('\n')
  if ('list' in columns) {
    const list = structured(fields.get(columns.list) ?? null)
    const both = Array.isArray(list) ? list : []
    if (both.length !== 2) fields.addFault(columns.list, 'wrong-type', `“${columns.list}” contains ${both.length} responses, not two.`)
    const [first, second] = [0, 1].map((index) => (both.length === 2 ? fields.text(`${columns.list}[${index}]`, both[index]) : ''))
    return { prompt: plainPrompt(prompt, images), images, first: first ?? '', second: second ?? '', used: [...asked, columns.list] }
  }
  const [first, second] = [fields.text(columns.first), fields.text(columns.second)]
  return { prompt: plainPrompt(prompt, images), images, first, second, used: [...asked, columns.first, columns.second] }
}

/** Whole conversations: what both open with is the prompt, what follows are the responses. `turn` says how far was judged. */
function conversations(
  fields: Fields,
  columns: { first: string; second: string },
  listed: StatedPair['images'],
  imageField: string | null,
): Sided {
  const turn = numberOf(fields.get('turn'))
  const read = (column: string): Turn[] => {
    const turns = readTurns(fields, column, structured(fields.get(column) ?? null), MARKED_STYLE) ?? []
    return turn !== null && turn >= 1 ? turns.slice(0, 2 * turn + (turns[0]?.role === 'system' ? 1 : 0)) : turns
  }
  const [first, second] = [read(columns.first), read(columns.second)]
  let shared = 0
  while (shared < Math.min(first.length, second.length) - 1 && sameTurns(first.slice(shared, shared + 1), second.slice(shared, shared + 1)))
    shared++
  if (fields.faults.length === 0 && shared === 0)
    fields.addFault(columns.second, 'wrong-type', 'The two conversations do not begin with the same prompt.')
  const shown = settle(fields, imageField ?? 'images', first.slice(0, shared), listed, 'first-if-none')
  const answer = (column: string, turns: Turn[]): string => responseText(answerOf(fields, column, turns.slice(shared)))
  return { ...shown, first: answer(columns.first, first), second: answer(columns.second, second), used: [columns.first, columns.second] }
}
