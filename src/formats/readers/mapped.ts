import type { ColumnMap, Convention } from '../../contract/imports.ts'
import { responseText } from '../../core/messages.ts'
import { answerOf, readTurns, settle, textTurn, type Turn } from '../conversation.ts'
import { Fields, structured } from '../fields.ts'
import { type Format } from '../format.ts'
import { isObject, type JsonObject, type Value } from '../value.ts'
import { areWhole, isAskedIn, requiredOpening } from '../containers/opening.ts'
import { holdTurns, listedTurns, mixed, styleOfTurns, type TurnColumns } from '../turn-columns.ts'
import { type MixedColumn } from '../format.ts'
import { labelText, modelsOf, sidesOf, verdictOf, type Sides } from '../labels/verdict.ts'

/**
 * The value at a path of names and indices parted by dots; undefined where the path leads nowhere. A field whose own name
 * has dots in it comes first.
 */
export function valueAt(record: JsonObject, path: string): Value | undefined {
  if (Object.hasOwn(record, path)) return record[path]
  let value: Value | undefined = record
  for (const name of path.split('.')) {
    const inside: Value = structured(value ?? null)
    if (Array.isArray(inside)) value = /^\d+$/.test(name) ? inside[Number(name)] : undefined
    else value = isObject(inside) && Object.hasOwn(inside, name) ? inside[name] : undefined
    if (value === undefined) return undefined
  }
  return value
}

/** Turns where the value holds them, and where `mayHold`, also as JSON in a text; else its text as one turn. */
function turnsAt(fields: Fields, path: string, role: Turn['role'], mayHold: boolean): Turn[] {
  const value = valueAt(fields.record, path)
  const list = typeof value === 'string' && !mayHold ? null : listedTurns(value)
  if (list) return readTurns(fields, path, list, styleOfTurns(list)) ?? []
  return [textTurn(role, fields.text(path, value))]
}

/**
 * What was asked: the prompt's column; of whole conversations, which bring the question along, what both open with. Without
 * either it is empty.
 */
function promptAt(
  fields: Fields,
  at: { prompt: string | undefined; first: string; second: string },
  asked: Turn[],
  { chosen, rejected }: { chosen: Turn[]; rejected: Turn[] },
): Turn[] {
  const { prompt: column, first, second } = at
  const given = column === undefined ? undefined : valueAt(fields.record, column)
  if (!areWhole(chosen, rejected) || (given !== undefined && typeof given !== 'string')) return asked
  const opening = requiredOpening(fields, { chosen: first, rejected: second }, chosen, rejected)
  if (column !== undefined && typeof given === 'string' && given !== '' && opening.length > 0 && !isAskedIn(opening, given)) {
    fields.addFault(column, 'wrong-type', `“${column}” is not the prompt that “${first}” and “${second}” begin with.`)
  }
  return opening
}

/**
 * Records of no known format, read by a map from the parts of a pair to columns. With a label, `first` and `second` are
 * the responses and the label says which is better; a tie is a pair, marked as one.
 *
 * @param rule what the label's values mean, by all records; null: as each record says itself
 * @param turns the columns whose texts are turns
 */
export function mapped(map: ColumnMap, rule: Convention['label'] | null = null, turns: TurnColumns = null): Format {
  const responses =
    map.chosen && map.rejected ? { first: map.chosen, second: map.rejected } : { first: map.first ?? '', second: map.second ?? '' }
  const label = map.chosen && map.rejected ? undefined : map.label
  const at = (record: JsonObject, ...paths: string[]): MixedColumn[] => paths.map((column) => mixed(column, valueAt(record, column)))
  const sidesIn = (record: JsonObject): Sides =>
    sidesOf(responses.first, responses.second, {
      ...modelsOf(record),
      responses: [valueAt(record, responses.first), valueAt(record, responses.second)],
    })
  return {
    id: 'mapped',
    name: 'mapped columns',
    shape: Object.entries(map)
      .map(([part, column]) => `${part} = ${column}`)
      .join(', '),
    score(record) {
      const named = [...(map.prompt === undefined ? [] : [map.prompt]), responses.first, responses.second, ...(label ? [label] : [])]
      return named.filter((path) => valueAt(record, path) !== undefined).length / named.length
    },
    read(record) {
      const fields = new Fields(record)
      const given = map.prompt === undefined ? [] : turnsAt(fields, map.prompt, 'user', holdTurns(at(record, map.prompt), turns))
      const both = holdTurns(at(record, responses.first, responses.second), turns)
      const sides = {
        chosen: turnsAt(fields, responses.first, 'assistant', both),
        rejected: turnsAt(fields, responses.second, 'assistant', both),
      }
      const asked = promptAt(fields, { ...responses, prompt: map.prompt }, given, sides)
      const system = map.system === undefined ? undefined : valueAt(record, map.system)
      const conversation =
        map.system !== undefined && system !== undefined && system !== null && system !== ''
          ? [textTurn('system', fields.text(map.system, system)), ...asked]
          : asked
      const first = responseText(answerOf(fields, responses.first, sides.chosen))
      const second = responseText(answerOf(fields, responses.second, sides.rejected))
      const said = label === undefined ? undefined : valueAt(record, label)
      const verdict = label === undefined ? 'first' : verdictOf(said ?? null, sidesIn(record), rule?.values ?? null)
      if (verdict === null && label !== undefined) {
        const wanted = `“${responses.first}”, “${responses.second}”, another name for one of them, or tie`
        fields.addFault(
          label,
          said === undefined || said === null ? 'missing-field' : 'wrong-type',
          `“${label}” is ${labelText(said)}, not ${wanted}.`,
        )
      }
      const listed = map.images === undefined ? [] : fields.images(map.images, valueAt(record, map.images))
      const shown = settle(fields, map.images ?? 'images', conversation, listed, 'first-if-none')
      const [chosen, rejected] = verdict === 'second' ? [second, first] : [first, second]
      const externalId = map.id === undefined ? fields.id() : fields.id(map.id, valueAt(record, map.id))
      const used = [map.prompt, responses.first, responses.second, map.system, map.images, map.id ?? 'id']
      return fields.finish(
        { ...shown, chosen, rejected, tied: verdict === 'tie', externalId },
        used.filter((path) => path !== undefined),
      )
    },
    mixed: (record) => at(record, ...(map.prompt === undefined ? [] : [map.prompt]), responses.first, responses.second),
    ...(label !== undefined && {
      label: (record) => ({
        column: label,
        used: [label],
        value: valueAt(record, label) ?? null,
        sides: sidesIn(record),
        first: responses.first,
        second: responses.second,
      }),
    }),
  }
}
