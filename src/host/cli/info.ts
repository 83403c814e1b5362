import { projectDetails } from '../../db/project/info.ts'
import { table, type Output } from './output.ts'
import { projectFolder } from './session.ts'
import { bytes, count } from '../../core/format.ts'

/** `blindfold info`: what a project holds, also while it is open elsewhere. */
export async function info(options: { project: string }, output: Output): Promise<void> {
  const found = projectDetails(projectFolder(options.project))
  await output.value(found)
  const { contents, sizes, openIn } = found
  const tally = (values: { value: string; count: number }[]): string =>
    values.map(({ value, count: n }) => `${value || '(none)'} ${count(n)}`).join(', ') || 'none'
  const rows: string[][] = [
    ['project', found.path],
    ['schema', contents ? String(found.schema) : `${found.schema}, older: opening the project upgrades it`],
    [
      'open in',
      openIn === null
        ? 'no process'
        : openIn === 'unknown'
          ? 'another Blindfold'
          : `process ${openIn.pid} on ${openIn.host} since ${openIn.since}`,
    ],
  ]
  if (contents) {
    const { lastScan, sources } = contents
    rows.push(
      ['created', contents.createdAt],
      ['pairs', `${count(contents.pairs)}, ${count(contents.incomplete)} with missing images`],
      ['images', count(contents.images)],
      ['quarantined', count(contents.quarantined)],
      [
        'sources',
        sources.map(({ name, pairs, splits }) => `${name} ${count(pairs)}${splits.length ? ` (${splits.join(', ')})` : ''}`).join('; ') ||
          'none',
      ],
      ['splits', tally(contents.splits)],
      ['statuses', tally(contents.statuses)],
      ['tags', tally(contents.tags)],
      ['slices', count(contents.slices)],
      ['last blind test', lastScan ? `${lastScan.proxy}, ${lastScan.finishedAt}, ${count(lastScan.pairs)} pairs` : 'none'],
      ['training runs', tally(contents.runs)],
      ['jobs', tally(contents.jobs)],
    )
  }
  rows.push(...Object.entries(sizes).map(([part, size]) => [`size of ${part}`, bytes(size)]), ['free on disk', bytes(found.free)])
  await output.line(table(['', ''], rows).split('\n').slice(2).join('\n'))
}
