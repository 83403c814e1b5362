import { APP } from '../../core/app.ts'
import { inert, inertLine } from '../../core/inert.ts'
import { count } from '../../core/format.ts'
import type { ExportLabel } from '../../core/vocabulary.ts'
import { yamlFeatures, type Column } from './schema.ts'
import type { Loss, Shape, Writer } from './writer.ts'

export type CardFacts = {
  /** Name of the export's folder. */
  name: string
  writer: Writer
  shape: Shape
  columns: readonly Column[] | null
  splits: readonly { split: string; file: string; pairs: number; bytes: number }[]
  sources: readonly { source: string; pairs: number }[]
  images: number
  label: ExportLabel
  resplit: { testShare: number; seed: number } | null
  lost: readonly (Loss & { pairs: number })[]
}

/** The dataset card: a YAML header that `datasets.load_dataset` and the Hugging Face hub read, and what people should know. */
export function datasetCard(facts: CardFacts): string {
  const { name, writer, shape, splits, sources, images, label, resplit, lost } = facts
  const pairs = splits.reduce((sum, split) => sum + split.pairs, 0)
  const lines = [
    ...header(facts),
    `# ${markdown(name)}`,
    '',
    `${count(pairs)} preference pairs${images > 0 ? ` on ${count(images)} images` : ''}, written by ${APP.name} ${APP.version} as ${writer.name}.`,
    label === 'original' ? 'Texts, labels and splits are as imported.' : 'Texts and labels are as they are after review.',
    '',
    '| split | file | pairs |',
    '|---|---|---|',
    ...splits.map(({ split, file, pairs: n }) => `| ${split} | \`${file}\` | ${count(n)} |`),
    '',
    '| source | pairs |',
    '|---|---|',
    ...sources.map(({ source, pairs: n }) => `| ${markdown(source)} | ${count(n)} |`),
    '',
  ]
  if (resplit) {
    lines.push(
      `Train and test were split again with seed ${resplit.seed}: ${Math.round(100 * resplit.testShare)}% of the pairs are for testing, as nearly as whole groups allow. Pairs that share an image or, without images, a prompt are in the same split.`,
      '',
    )
  }
  if (shape.images !== 'none') lines.push(...imageWords(shape), '')
  if (shape.columns) lines.push(...COLUMN_WORDS, '')
  if (lost.length > 0)
    lines.push(
      '## What this format does not hold',
      '',
      ...lost.map((loss) => `- ${loss.field} (${count(loss.pairs)} pairs): ${loss.why}`),
      '',
    )
  lines.push('## Licence', '', 'Unknown: that of the original datasets. `manifest.json` lists every file with its SHA-256.', '')
  return lines.join('\n')
}

function header({ name, columns, splits }: CardFacts): string[] {
  const lines = [
    '---',
    'license: unknown',
    `pretty_name: ${inert(JSON.stringify(name))}`,
    'tags:',
    '- preference',
    '- dpo',
    'configs:',
    '- config_name: default',
    '  data_files:',
  ]
  for (const { split, file } of splits) lines.push(`  - split: ${split}`, `    path: ${JSON.stringify(file)}`)
  if (columns) {
    lines.push('dataset_info:', '  features:', ...yamlFeatures(columns, '  '), '  splits:')
    for (const { split, pairs, bytes } of splits) lines.push(`  - name: ${split}`, `    num_bytes: ${bytes}`, `    num_examples: ${pairs}`)
  }
  return [...lines, '---', '']
}

function imageWords({ embedded, container }: Shape): string[] {
  if (!embedded)
    return [
      'Images are in `images/`, named by the SHA-256 of their content. Records give their paths relative to this folder.',
      'Load the data with this folder as the working folder, so these paths can be found.',
    ]
  return [container === 'parquet' ? 'Images are embedded in the records.' : 'Images are embedded in the records as data URLs.']
}

const COLUMN_WORDS = [
  'Beside the pair: the shortcut-failure coefficient, as `prior_sfc` (from a text-only proxy alone; low: the text predicts the label) and as',
  '`audit_sfc` (from held-out scores of both models); the two are not comparable. `weight` is `audit_sfc` over its mean, or 1 if there is none;',
  'if no pair has one, it is computed from `prior_sfc`. Then `quadrant`, the review `status`, its `annotators`, the `source` and `tags`.',
]

/** A name as it is, whatever it holds: no table, link, mention or HTML comes out of it. */
const markdown = (text: string): string => inertLine(text.replace(/\s+/g, ' ')).replace(/[\\`*_{}[\]()<>#+\-!|~&:@]/g, '\\$&')
