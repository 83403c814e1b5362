import { basename, resolve } from 'node:path'
import { Option, type Command } from 'commander'
import { exportFormat, exportResult, type ExportFormat, type ExportInput, type ExportPlan } from '../../contract/exports.ts'
import { filterFlags, pairFilterOf, type FilterOptions } from './filter.ts'
import { table, type Output } from './output.ts'
import { withProject, type Client } from './session.ts'
import { waitForJob } from './wait.ts'
import { bytes, count } from '../../core/format.ts'
import { CSV_FORMULAS, EXPORT_IMAGES, EXPORT_LABELS, type CsvFormulas, type ExportImages, type ExportLabel } from '../../core/vocabulary.ts'

interface ExportOptions extends FilterOptions {
  project: string
  format: ExportFormat
  out: string
  label: ExportLabel
  includeExcluded: boolean
  images?: ExportImages
  columns: boolean
  csvFormulas: CsvFormulas
  resplit?: number
  seed: number
  dryRun: boolean
}

/** The flags of `blindfold export`. `share` and `seed` read their numbers. */
export function exportFlags(command: Command, share: (text: string) => number, seed: Option): Command {
  return filterFlags(command)
    .addOption(new Option('--format <F>', 'record format').choices(exportFormat.options).default('trl'))
    .requiredOption('--out <DIR>', 'folder to write; an earlier export there is replaced')
    .addOption(new Option('--label <L>', 'texts and labels: current, or as imported').choices(EXPORT_LABELS).default('current'))
    .option('--include-excluded', 'include discarded and tied pairs', false)
    .addOption(
      new Option('--images <I>', 'copy files, or embed them in the records (default: embedded in Parquet, copied elsewhere)').choices(
        EXPORT_IMAGES,
      ),
    )
    .option('--no-columns', 'omit the columns prior_sfc, audit_sfc, weight, quadrant, status, annotators, source and tags')
    .addOption(
      new Option('--csv-formulas <F>', 'CSV cells that a spreadsheet may run as a formula: guard them with a single quote, or keep them')
        .choices(CSV_FORMULAS)
        .default('guard'),
    )
    .option('--resplit <SHARE>', 'create a new train/test split with this share for testing; groups stay whole', share)
    .addOption(seed)
    .option('--dry-run', 'list what would be written; write nothing', false)
}

/** `blindfold export`: says what the format does not hold, then writes. */
export async function exportPairs(options: ExportOptions, output: Output): Promise<void> {
  await withProject(options.project, { create: false, reads: true }, async (client, project) => {
    const input: ExportInput = {
      format: options.format,
      out: resolve(options.out),
      filter: await pairFilterOf(client, options),
      label: options.label,
      includeExcluded: options.includeExcluded,
      images: options.images,
      columns: options.columns,
      csvFormulas: options.csvFormulas,
      resplit: options.resplit === undefined ? null : { testShare: options.resplit, seed: options.seed },
    }
    if (options.dryRun) return showPlan(client, input, project, output)
    const plan = await client.exports.plan(input)
    if (plan.obstacle === null) await output.line(losses(plan))
    const { jobId } = await client.exports.start(input)
    const result = exportResult.parse(await waitForJob(client, jobId))
    await output.value({ project, ...result, lost: plan.lost })
    await output.line(`${count(result.pairs)} pairs and ${count(result.images)} images written to ${result.out}`)
  })
}

async function showPlan(client: Client, input: ExportInput, project: string, output: Output): Promise<void> {
  const plan = await client.exports.plan(input)
  await output.value({ project, out: input.out, ...plan })
  const rows = plan.splits.map(({ split, pairs, files }) => [split, count(pairs), files.join(', ')])
  await output.line(table(['split', 'pairs', 'file'], rows, [1]))
  await output.line(
    `\n${count(plan.pairs)} pairs and ${count(plan.images)} images (${bytes(plan.imageBytes)}) would be written to ${input.out}`,
  )
  await output.line(losses(plan))
  if (plan.obstacle !== null) await output.line(`Cannot export to ${basename(input.out)}. ${plan.obstacle}`)
}

function losses({ lost }: ExportPlan): string {
  if (lost.length === 0) return 'Lossless: reimporting gives identical pairs.'
  return `Fields not preserved:\n${table(
    ['field', 'pairs', 'why'],
    lost.map(({ field, pairs, why }) => [field, count(pairs), why]),
    [1],
  )}`
}
