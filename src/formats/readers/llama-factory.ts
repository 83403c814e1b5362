import { responseText } from '../../core/messages.ts'
import { answerOf, MARKED_STYLE, readTurn, readTurns, settle, textTurn, type Turn, type TurnStyle } from '../conversation.ts'
import { DEFAULT_LAYOUT, type Layout } from '../dataset-info.ts'
import { Fields, structured } from '../fields.ts'
import { type Format, type Reading } from '../format.ts'
import { isObject, kindOf, type JsonObject } from '../value.ts'
import { holdTurns, type TurnColumns } from '../turn-columns.ts'
import { type MixedColumn } from '../format.ts'

const MEDIA = ['videos', 'audios'] as const
const NO_IMAGES = { field: 'images', used: [], images: [] }

/**
 * LLaMA-Factory's ranking data: sharegpt `{conversations, chosen: {from, value}, rejected: {from, value}, images}` and
 * alpaca `{instruction, input, chosen, rejected, images}`, the names of columns and tags as its `dataset_info.json` has
 * them. As in LLaMA-Factory itself there are as many `<image>` in the prompt as images.
 *
 * @param layout what `dataset_info.json` says of the file; null where there is none
 * @param turns the columns whose texts are turns
 */
export function llamaFactory(layout: Layout | null, turns: TurnColumns = null): Format {
  const layoutOf = (record: JsonObject): Layout => layout ?? (isAlpaca(record) ? DEFAULT_LAYOUT.alpaca : DEFAULT_LAYOUT.sharegpt)
  return {
    id: 'llama-factory',
    name: 'LLaMA-Factory',
    shape: '{conversations, chosen: {from, value}, rejected: {from, value}, images} or {instruction, input, chosen, rejected, images}',
    score(record) {
      if (layout) return score(record, layout)
      return Math.max(score(record, DEFAULT_LAYOUT.sharegpt), score(record, DEFAULT_LAYOUT.alpaca))
    },
    read(record) {
      const at = layoutOf(record)
      return at.formatting === 'alpaca' ? readAlpaca(record, at) : readSharegpt(record, at, turns)
    },
    mixed(record) {
      const at = layoutOf(record)
      return at.formatting === 'alpaca' ? [] : responsesOf(record, at)
    },
  }
}

const isAlpaca = (record: JsonObject): boolean => 'instruction' in record && !('conversations' in record)

function score(record: JsonObject, { formatting, columns }: Layout): number {
  const has = (column: string | null, fits: (value: unknown) => boolean): boolean =>
    column !== null && fits(structured(record[column] ?? null))
  const isText = (value: unknown) => typeof value === 'string'
  if (formatting === 'alpaca') {
    const responses = [columns.chosen, columns.rejected].filter((column) => has(column, isText)).length
    return (has(columns.prompt, isText) ? 0.5 : 0) + 0.25 * responses
  }
  // Responses as texts are those of other formats as well.
  const texts = !('prompt' in record || 'rejected_conversations' in record)
  const responses = [columns.chosen, columns.rejected].filter((column) => (texts && isText(record[column])) || has(column, isObject)).length
  return (has(columns.messages, Array.isArray) ? 0.3 : 0) + 0.35 * responses
}

function styleOf({ tags }: Layout): TurnStyle {
  if (!tags) return MARKED_STYLE
  const roles = new Map([
    [tags.user, 'user'],
    [tags.assistant, 'assistant'],
    [tags.system, 'system'],
    [tags.observation, 'tool'],
    [tags.function, 'assistant'],
  ] as const)
  return { keys: [[tags.role, tags.content]], roles, marks: true }
}

/** Responses, which are one turn each. */
function responsesOf(record: JsonObject, layout: Layout): MixedColumn[] {
  const { keys } = styleOf(layout)
  return [layout.columns.chosen, layout.columns.rejected].map((column) => {
    const value = Object.hasOwn(record, column) ? record[column] : undefined
    const inner = structured(value ?? null)
    return { column, value, turns: isObject(inner) && keys.some(([role, content]) => role in inner && content in inner) }
  })
}

function readSharegpt(record: JsonObject, layout: Layout, known: TurnColumns): Reading {
  const fields = new Fields(record)
  const { columns } = layout
  const style = styleOf(layout)
  const messages = columns.messages ?? 'conversations'
  const turns = readTurns(fields, messages, structured(fields.get(messages) ?? null), style) ?? []
  const last = turns.at(-1)
  if (last && last.role !== 'user' && last.role !== 'tool') {
    fields.addFault(
      messages,
      'wrong-type',
      `“${messages}” ends with a turn of the ${last.role}: it must end with the prompt that both responses answer.`,
    )
  }
  const bothAreTurns = holdTurns(responsesOf(record, layout), known)
  const response = (field: string): string => {
    const given = fields.get(field) ?? null
    if (given === null) {
      fields.text(field)
      return ''
    }
    const value = typeof given === 'string' && !bothAreTurns ? given : structured(given)
    const turn = typeof value === 'string' ? textTurn('assistant', fields.text(field)) : readTurn(fields, field, value, style)
    return turn ? responseText(answerOf(fields, field, [turn])) : ''
  }
  const chosen = response(columns.chosen)
  const rejected = response(columns.rejected)
  return finish(fields, layout, turns, chosen, rejected, [messages])
}

function readAlpaca(record: JsonObject, layout: Layout): Reading {
  const fields = new Fields(record)
  const { columns } = layout
  const asked = [columns.prompt, columns.query].filter((column) => column !== null)
  if (asked.every((column) => fields.get(column) === undefined)) fields.text(asked[0] ?? 'instruction')
  // As LLaMA-Factory joins them: the parts that are there, each on a line of its own.
  const question = asked
    .map((column) => fields.optionalText(column))
    .filter((text) => text !== '')
    .join('\n')
  const turns = [...history(fields, columns.history), textTurn('user', question, true)]
  const chosen = fields.text(columns.chosen)
  const rejected = fields.text(columns.rejected)
  const used = columns.history === null ? asked : [...asked, columns.history]
  return finish(fields, layout, turns, chosen, rejected, used)
}

/** Earlier questions and answers: `[[question, answer], ...]`. */
function history(fields: Fields, column: string | null): Turn[] {
  if (column === null || !fields.has(column)) return []
  const value = structured(fields.get(column) ?? null)
  if (!Array.isArray(value)) {
    fields.addFault(column, 'wrong-type', `“${column}” is ${kindOf(value)}, not a list of [question, answer].`)
    return []
  }
  return value.flatMap((entry, index) => {
    const [question, answer, more] = Array.isArray(entry) ? entry : []
    if (typeof question === 'string' && typeof answer === 'string' && more === undefined) {
      const at = `${column}[${index}]`
      return [textTurn('user', fields.wellFormed(at, question), true), textTurn('assistant', fields.wellFormed(at, answer))]
    }
    fields.addFault(`${column}[${index}]`, 'wrong-type', `Entry ${index + 1} of “${column}” is not [question, answer].`)
    return []
  })
}

/** A system column stands before the turns, unless they bring a system turn themselves, which then holds. */
function withSystem(fields: Fields, { columns }: Layout, turns: Turn[]): Turn[] {
  if (columns.system === null || turns[0]?.role === 'system') return turns
  const system = fields.optionalText(columns.system)
  return system === '' ? turns : [textTurn('system', system), ...turns]
}

function finish(fields: Fields, layout: Layout, turns: Turn[], chosen: string, rejected: string, used: string[]): Reading {
  const { columns } = layout
  const whole = withSystem(fields, layout, turns)
  for (const field of MEDIA) {
    const column = columns[field]
    if (column !== null && fields.has(column))
      fields.addFault(column, 'wrong-type', `“${column}” is not empty. Blindfold reads only images.`)
  }
  // Where a layout names its columns and no images, there are none.
  const { field, used: imageFields, images } = columns.images === null ? NO_IMAGES : fields.recordImages(columns.images)
  const shown = fields.faults.length > 0 ? { prompt: [], images: [] } : settle(fields, field, whole, images, 'refuse')
  // A column that adds nothing is empty, or outdone and then metadata.
  const systemUsed = columns.system !== null && (whole.length > turns.length || !fields.has(columns.system)) ? [columns.system] : []
  return fields.finish({ ...shown, chosen, rejected }, [...used, ...systemUsed, columns.chosen, columns.rejected, ...imageFields])
}
