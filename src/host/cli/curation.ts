import type { BulkAction, BulkEntry } from '../../contract/curation.ts'
import { BlindfoldError } from '../../core/errors.ts'
import { count } from '../../core/format.ts'
import { pairFilterOf, type FilterOptions } from './filter.ts'
import { table, type Output } from './output.ts'
import { withProject } from './session.ts'
import { waitForJob } from './wait.ts'

export type OnPairs = FilterOptions & { project: string; all: boolean; dryRun: boolean }

/** `blindfold discard`, `tag`, `untag`, `set-split`: one change of every pair that the flags name. */
export async function changePairs(change: BulkAction, options: OnPairs, output: Output): Promise<void> {
  await withProject(options.project, { create: false }, async (client, project) => {
    const filter = await pairFilterOf(client, options)
    if (Object.keys(filter).length === 0 && !options.all) {
      throw new BlindfoldError('INVALID_INPUT', 'No pairs specified.', {
        remedy: 'Filter with flags such as --source, --split or --text, or use --all.',
      })
    }
    const { count: pairs } = await client.pairs.count({ filter })
    if (options.dryRun) {
      await output.value({ project, change, pairs, dryRun: true })
      await output.line(`${describe(change)}: ${count(pairs)} pairs. Nothing was changed.`)
      return
    }
    const { jobId } = await client.bulk.start({ filter, change, expected: pairs })
    const result = await waitForJob(client, jobId)
    await output.value({ project, change, ...result })
    await output.line(`${describe(change)}: ${count(pairs)} pairs, ${count(Number(result['changed']))} of them changed.`)
    if (result['changed'] !== 0) await output.line(`To undo it: blindfold bulk --project ${project} --undo ${String(result['bulkId'])}`)
  })
}

/** `blindfold bulk`: the last actions on many pairs; with `--undo` one of them is taken back. */
export async function bulkActions(options: { project: string; undo?: number }, output: Output): Promise<void> {
  await withProject(options.project, { create: false }, async (client, project) => {
    if (options.undo !== undefined) {
      const { jobId } = await client.bulk.undo({ id: options.undo })
      const result = await waitForJob(client, jobId)
      await output.value({ project, ...result })
      const kept = Number(result['kept'])
      await output.line(
        `Undone on ${count(Number(result['undone']))} pairs${kept ? `; ${count(kept)} edited since then are left unchanged` : ''}.`,
      )
      return
    }
    const actions = await client.bulk.list()
    await output.value(actions)
    const row = ({ id, action, pairs, state, annotator, createdAt }: BulkEntry): string[] => [
      String(id),
      describe(action),
      count(pairs),
      state,
      annotator,
      createdAt,
    ]
    await output.line(table(['id', 'action', 'pairs changed', 'state', 'by', 'at'], actions.map(row), [0, 2]))
  })
}

/** `blindfold slices`: the saved filters; with `--save` the flags become one, with `--remove` one goes. */
export async function slices(options: FilterOptions & { project: string; save?: string; remove?: string }, output: Output): Promise<void> {
  await withProject(options.project, { create: false }, async (client) => {
    if (options.save !== undefined) await client.slices.save({ name: options.save, filter: await pairFilterOf(client, options) })
    if (options.remove !== undefined) {
      const known = await client.slices.list()
      const id = known.find(({ name }) => name === options.remove)?.id
      if (id === undefined) {
        throw new BlindfoldError('NOT_FOUND', `Slice “${options.remove}” not found in this project.`, {
          remedy: known.length ? `Name one of: ${known.map(({ name }) => name).join(', ')}.` : 'The project has no slices.',
          field: '--remove',
        })
      }
      await client.slices.remove({ id })
    }
    const found = await client.slices.list()
    await output.value(found)
    await output.line(
      table(
        ['slice', 'pairs', 'filter'],
        found.map(({ name, pairs, filter }) => [name, count(pairs), JSON.stringify(filter)]),
        [1],
      ),
    )
  })
}

/** `blindfold duplicates`: how pairs repeat one another, searched again if pairs came or changed. */
export async function duplicates(options: { project: string }, output: Output): Promise<void> {
  await withProject(options.project, { create: false }, async (client, project) => {
    const known = await client.duplicates.summary()
    if (known.foundAt === null || known.stale) await waitForJob(client, (await client.duplicates.find()).jobId)
    const { foundAt, kinds } = await client.duplicates.summary()
    await output.value({ project, foundAt, kinds })
    await output.line(
      table(
        ['kind', 'sets', 'pairs'],
        kinds.map(({ kind, sets, pairs }) => [kind, count(sets), count(pairs)]),
        [1, 2],
      ),
    )
    await output.line(`\nTo see them: blindfold pairs --project ${project} --duplicates KIND`)
  })
}

function describe(change: BulkAction): string {
  switch (change.action) {
    case 'discard':
      return 'discard'
    case 'tag':
      return `tag “${change.tag}”`
    case 'untag':
      return `remove the tag “${change.tag}”`
    case 'set-split':
      return change.split === '' ? 'no split' : `split “${change.split}”`
  }
}
