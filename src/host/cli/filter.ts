import { setTimeout as pause } from 'node:timers/promises'
import { InvalidArgumentError, Option, type Command } from 'commander'
import type { PairFilter } from '../../contract/pairs.ts'
import { BlindfoldError } from '../../core/errors.ts'
import { FILTER_NAMES, PAIR_FILTERS, type FilterRow } from '../../core/pair-filters.ts'
import { SHORTCUT_PRONE, SHORTCUT_PRONE_MARGIN } from '../../core/shortcut-prone.ts'
import { collect, number } from './option-values.ts'
import type { Client } from './session.ts'

/** What the flags of `filterFlags` come to, by the names that commander gives them. */
export type FilterOptions = { slice?: string; shortcutProne?: boolean } & Record<string, unknown>

/** The flag of a condition. Those with lists may be repeated. */
function optionOf(row: FilterRow): Option {
  const { flag, help } = row
  const repeated = (description: string): Option => new Option(flag, `${description} (repeatable)`)
  switch (row.kind) {
    case 'names':
      return repeated(help).argParser(collect<string>)
    case 'among':
      return repeated(`${help}: ${row.values.join(', ')}`).argParser((text: string, before?: string[]) =>
        collect(oneOf(text, row.values), before),
      )
    case 'ids':
      return repeated(help).argParser((text: string, before?: number[]) => collect(whole(text), before))
    case 'flag':
      return new Option(flag, help).argParser((text) => oneOf(text, ['yes', 'no']) === 'yes')
    case 'share':
      return new Option(flag, help).argParser(number(0, 1))
    case 'margin':
      return new Option(flag, help).argParser(number())
    case 'id':
      return new Option(flag, help).argParser(whole)
    case 'text':
      return new Option(flag, help)
  }
}

function oneOf(text: string, values: readonly string[]): string {
  if (values.includes(text)) return text
  throw new InvalidArgumentError(`It must be one of ${values.join(', ')}.`)
}

function whole(text: string): number {
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('It must be a whole number, 1 or more.')
}

/** Adds the flags that say which pairs a command is about; `pairFilterOf` reads them. All that are given must hold. */
export function filterFlags(command: Command): Command {
  for (const name of FILTER_NAMES) command.addOption(optionOf(PAIR_FILTERS[name]))
  return command
    .option('--slice <NAME>', 'only pairs of this slice')
    .option('--shortcut-prone', `only pairs whose label the text alone predicts with ${100 * SHORTCUT_PRONE}% or more`)
}

/**
 * The filter that the flags describe, checked against the open project: a source, tag or slice that is not there is a
 * slip of the pen and no empty answer.
 *
 * With words it waits until the search knows all pairs.
 *
 * @throws {BlindfoldError} NOT_FOUND, INVALID_INPUT where a flag says again what the slice says
 */
export async function pairFilterOf(client: Client, options: FilterOptions): Promise<PairFilter> {
  const facets = await client.pairs.facets()
  const flags: PairFilter = Object.fromEntries(
    FILTER_NAMES.flatMap((name) => {
      const row = PAIR_FILTERS[name]
      const option = optionOf(row)
      const value = options[option.attributeName()]
      if (value === undefined) return []
      if (row.kind === 'names') assertKnown(option.long ?? row.flag, row.facet, value as string[], facets[row.facet])
      return [[name, value]]
    }),
  )
  if (options.shortcutProne) {
    if (flags.textMarginMin !== undefined)
      throw saidTwice('--shortcut-prone and --text-margin-above both set a minimum text margin.', '--shortcut-prone')
    flags.textMarginMin = SHORTCUT_PRONE_MARGIN
  }
  if (options.slice === undefined) return searchable(client, flags)
  const slices = await client.slices.list()
  const slice = slices.find(({ name }) => name === options.slice)
  if (!slice)
    throw notThere(
      '--slice',
      'slice',
      options.slice,
      slices.map(({ name }) => name),
    )
  const twice = Object.keys(flags).find((key) => key in slice.filter)
  if (twice === undefined) return searchable(client, { ...slice.filter, ...flags })
  throw saidTwice(`The slice “${slice.name}” already filters by ${twice}.`, '--slice')
}

function assertKnown(flag: string, facet: string, wanted: readonly string[], there: readonly { value: string }[]): void {
  const values = there.map(({ value }) => value)
  const unknown = wanted.find((value) => !values.includes(value))
  if (unknown !== undefined) throw notThere(flag, facet.slice(0, -1), unknown, values)
}

const saidTwice = (message: string, field: string): BlindfoldError =>
  new BlindfoldError('INVALID_INPUT', message, { remedy: 'Omit this option, or write the whole filter as options.', field })

const LOOK_MS = 200
const PATIENCE_MS = 30_000

/**
 * Waits while the words of pairs are still being indexed, so that a search misses none of them.
 *
 * @throws {BlindfoldError} JOB_STATE if indexing makes no progress for 30 s
 */
async function searchable(client: Client, filter: PairFilter): Promise<PairFilter> {
  let still = 0
  for (let before = Infinity; filter.text !== undefined;) {
    const unsearched = (await client.projects.current())?.unsearched ?? 0
    if (unsearched === 0) break
    still = unsearched < before ? 0 : still + 1
    if (still * LOOK_MS > PATIENCE_MS) {
      throw new BlindfoldError('JOB_STATE', `${unsearched} of the pairs are not indexed for search yet.`, {
        remedy: 'Wait until the import in the other process is done, or close the project there.',
        field: '--text',
      })
    }
    before = unsearched
    await pause(LOOK_MS)
  }
  return filter
}

function notThere(flag: string, thing: string, name: string, known: string[]): BlindfoldError {
  return new BlindfoldError('NOT_FOUND', `No ${thing} “${name}” in this project.`, {
    remedy: known.length ? `Name one of: ${known.slice(0, 20).join(', ')}.` : `The project has no ${thing}s yet.`,
    field: flag,
  })
}
