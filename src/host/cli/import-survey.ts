import { basename } from 'node:path'
import type { ImportSurvey, Remark, RemarkCode } from '../../contract/imports.ts'
import { count, plural } from '../../core/format.ts'
import { table } from './output.ts'

/** What becomes of the field, before the import and after it. */
const WHAT: Record<RemarkCode, { before: string; after: string }> = {
  'unused-image': { before: 'looks like images; not used as images, kept as metadata', after: 'looks like images; kept as metadata' },
  'other-label': {
    before: 'the label in this file differs and will be ignored',
    after: 'the label in this file differs and was ignored',
  },
  'repeated-id': {
    before: 'not unique, so not used as the ID; kept as metadata',
    after: 'not unique, so not used as the ID; kept as metadata',
  },
  'not-a-number': { before: 'NaN or Infinity; the value will not be imported', after: 'NaN or Infinity; the value was not imported' },
  dropped: { before: 'not imported', after: 'not imported' },
  metadata: { before: 'not part of a pair; kept as metadata', after: 'not part of a pair; kept as metadata' },
}

/** What a file holds, before it is imported. */
export function surveyLines(file: string, survey: ImportSurvey): string[] {
  const { format, records, pairs, images, quarantined, refused, imageFields } = survey
  const from = imageFields.map(({ field, records: n }) => `${field} (${count(n)})`).join(', ')
  const why = refused.map(({ code, records: n }) => `${code} ${count(n)}`).join(', ')
  return [
    `${basename(file)}: ${format}, ${plural(records, 'record')}, ${plural(pairs, 'pair')}; ${images === 0 ? 'none names an image' : `${count(images)} ${images === 1 ? 'names' : 'name'} images, in ${from}`}.`,
    ...(quarantined > 0 ? [`${plural(quarantined, 'record')} would be quarantined: ${why}.`] : []),
    ...(refused.some(({ code }) => code === 'invalid-utf8')
      ? ['If the file is not in UTF-8, name its encoding: --encoding windows-1252, gb18030, shift_jis, ...']
      : []),
    ...remarkLines(file, survey.remarks, 'before'),
    '',
  ]
}

/** A table of fields that a person should know of; none where there is nothing to say. */
export function remarkLines(file: string, remarks: readonly Remark[], when: 'before' | 'after'): string[] {
  if (remarks.length === 0) return []
  const rows = remarks.map(({ code, field, records, firstRow }) => [field, count(records), String(firstRow), WHAT[code][when]])
  const unused = remarks.filter(({ code }) => code === 'unused-image').map(({ field }) => field)
  const hint =
    when === 'before' && unused.length > 0
      ? [`To use ${unused[0]} as the images, name it in a column map: --map ...,images=${unused[0]}`]
      : []
  return ['', `Fields of ${basename(file)}:`, table(['field', 'records', 'first row', 'result'], rows, [1, 2]), ...hint]
}

const MISSING = 5

/** The missing images that most pairs name, with why each was not taken. */
export function missingLines({
  images,
  examples,
}: {
  images: number
  examples: { reference: string; reason: string; pairs: number }[]
}): string[] {
  const rows = examples.slice(0, MISSING).map(({ reference, reason, pairs }) => [reference, count(pairs), reason])
  return rows.length === 0
    ? []
    : [`Missing images (${count(rows.length)} of ${count(images)}):`, table(['image', 'pairs', 'reason'], rows, [1])]
}
