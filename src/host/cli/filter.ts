import { setTimeout as pause } from 'node:timers/promises'
import { InvalidArgumentError, Option, type Command } from 'commander'
import { duplicateKind, pairStatus, quadrant, type DuplicateKind, type PairFilter, type PairStatus, type Quadrant } from '../../contract/pairs.ts'
import { BlindfoldError } from '../../core/errors.ts'
import { SHORTCUT_PRONE, SHORTCUT_PRONE_MARGIN } from '../../core/shortcut-prone.ts'
import type { Client } from './session.ts'

/** What the flags of `filterFlags` come to. */
export interface FilterOptions {
  source: string[]
  split: string[]
  tag: string[]
  slice?: string
  status: PairStatus[]
  quadrant: Quadrant[]
  shortcutProne?: boolean
  auditSfcBelow?: number
  auditSfcAbove?: number
  suspectAbove?: number
  text?: string
  duplicates: DuplicateKind[]
}

const collect = <Value>(value: Value, before: Value[]): Value[] => [...before, value]

/** An option that may be repeated and takes one of `values`. */
const several = <Value extends string>(flags: string, description: string, values: readonly Value[]): Option =>
  new Option(flags, `${description}: ${values.join(', ')} (may be repeated)`)
    .argParser((text: string, before: Value[]) => {
      const value = values.find((each) => each === text)
      if (value === undefined) throw new InvalidArgumentError(`It must be one of ${values.join(', ')}.`)
      return collect(value, before)
    })
    .default([], 'any')

const share = (text: string): number => {
  const n = Number(text)
  if (text.trim() !== '' && n >= 0 && n <= 1) return n
  throw new InvalidArgumentError('It must be a number from 0 to 1.')
}

/**
 * Adds the flags that say which pairs a command is about; `pairFilterOf` reads them. All that are given must hold.
 */
export function filterFlags(command: Command): Command {
  const named = (flags: string, description: string): Option =>
    new Option(flags, `${description} (may be repeated)`).argParser(collect<string>).default([], 'any')
  return command
    .addOption(named('--source <S>', 'only pairs of this source'))
    .addOption(named('--split <S>', 'only pairs of this split'))
    .addOption(named('--tag <T>', 'only pairs with this tag'))
    .option('--slice <NAME>', 'only pairs of this slice')
    .addOption(several('--status <S>', 'only pairs of this status', pairStatus.options))
    .addOption(several('--quadrant <Q>', 'only pairs of this quadrant', quadrant.options))
    .option('--shortcut-prone', `only pairs whose label the text alone predicts with ${100 * SHORTCUT_PRONE}% or more`)
    .option('--audit-sfc-below <X>', 'only pairs with an audit SFC of X or less', share)
    .option('--audit-sfc-above <X>', 'only pairs with an audit SFC of X or more', share)
    .option('--suspect-above <P>', 'only pairs whose label is wrong with a probability of P or more', share)
    .option('--text <WORDS>', 'only pairs with all these words; "a phrase" in quotes, -word excludes (as --text=-word)')
    .addOption(several('--duplicates <KIND>', 'only pairs that repeat others in this way', duplicateKind.options))
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
  const { sources, splits, tags } = await client.pairs.facets()
  const known = (flag: string, thing: string, wanted: string[], there: { value: string }[]): string[] => {
    const values = there.map(({ value }) => value)
    const unknown = wanted.find((value) => !values.includes(value))
    if (unknown === undefined) return wanted
    throw notThere(flag, thing, unknown, values)
  }
  const flags: PairFilter = {
    ...(options.source.length ? { sources: known('--source', 'source', options.source, sources) } : {}),
    ...(options.split.length ? { splits: known('--split', 'split', options.split, splits) } : {}),
    ...(options.tag.length ? { tags: known('--tag', 'tag', options.tag, tags) } : {}),
    ...(options.status.length ? { statuses: options.status } : {}),
    ...(options.quadrant.length ? { quadrants: options.quadrant } : {}),
    ...(options.shortcutProne ? { textMarginMin: SHORTCUT_PRONE_MARGIN } : {}),
    ...(options.auditSfcAbove === undefined ? {} : { auditSfcMin: options.auditSfcAbove }),
    ...(options.auditSfcBelow === undefined ? {} : { auditSfcMax: options.auditSfcBelow }),
    ...(options.suspectAbove === undefined ? {} : { suspectMin: options.suspectAbove }),
    ...(options.text === undefined ? {} : { text: options.text }),
    ...(options.duplicates.length ? { duplicates: options.duplicates } : {}),
  }
  if (options.slice === undefined) return searchable(client, flags)
  const slices = await client.slices.list()
  const slice = slices.find(({ name }) => name === options.slice)
  if (!slice) throw notThere('--slice', 'slice', options.slice, slices.map(({ name }) => name))
  const twice = Object.keys(flags).find((key) => key in slice.filter)
  if (twice === undefined) return searchable(client, { ...slice.filter, ...flags })
  throw new BlindfoldError('INVALID_INPUT', `The slice “${slice.name}” says which ${twice} it has.`, {
    remedy: 'Leave that option out, or write the whole filter as options.',
    field: '--slice',
  })
}

const LOOK_MS = 200
const PATIENCE_MS = 30_000

/**
 * Waits while the words of pairs are still being indexed, so that a search misses none of them.
 *
 * @throws {BlindfoldError} JOB_STATE if indexing makes no progress for 30 s
 */
async function searchable(client: Client, filter: PairFilter): Promise<PairFilter> {
  let still = 0
  for (let before = Infinity; filter.text !== undefined; ) {
    const unsearched = (await client.projects.current())?.unsearched ?? 0
    if (unsearched === 0) break
    still = unsearched < before ? 0 : still + 1
    if (still * LOOK_MS > PATIENCE_MS) {
      throw new BlindfoldError('JOB_STATE', `The search does not find ${unsearched} of the pairs yet.`, {
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
  return new BlindfoldError('NOT_FOUND', `There is no ${thing} “${name}” in this project.`, {
    remedy: known.length ? `Name one of: ${known.slice(0, 20).join(', ')}.` : `The project has no ${thing}s yet.`,
    field: flag,
  })
}
