import type { ExportFormat, ExportInput } from '../../../src/contract/exports.ts'
import type { ExportImages, ExportLabel } from '../../../src/core/vocabulary.ts'
import { words } from '../../words/words.ts'

const t = words.export

/** The formats in the order of the list, and whether their records can hold the images themselves. */
export const EXPORT_FORMATS: Record<ExportFormat, { embeds: boolean }> = {
  trl: { embeds: true },
  'trl-parquet': { embeds: true },
  'llama-factory': { embeds: false },
  'ms-swift': { embeds: true },
  'mm-rm': { embeds: false },
  povid: { embeds: false },
  csv: { embeds: true },
  blindfold: { embeds: true },
}

/** What the dialog holds; numbers as they are typed. */
export interface ExportForm {
  format: ExportFormat
  out: string
  label: ExportLabel
  includeExcluded: boolean
  images: ExportImages
  columns: boolean
  /** CSV: guard cells that a spreadsheet may run. */
  guardFormulas: boolean
  resplit: boolean
  testPercent: string
  seed: string
}

/** What is wrong with a number of the form, by field. */
export function formErrors({ resplit, testPercent, seed }: ExportForm): { testPercent?: string; seed?: string } {
  if (!resplit) return {}
  const share = Number(testPercent)
  const number = Number(seed)
  return {
    ...(testPercent.trim() === '' || !(share >= 1 && share <= 90) ? { testPercent: t('options.testShareError') } : {}),
    ...(seed.trim() === '' || !Number.isInteger(number) || number < 0 || number >= 2 ** 31 ? { seed: t('options.seedError') } : {}),
  }
}

/** The form as the backend takes it, or null while it is not complete. */
export function exportRequest(form: ExportForm, filter: ExportInput['filter']): ExportInput | null {
  const out = form.out.trim()
  if (out === '' || Object.keys(formErrors(form)).length > 0) return null
  return {
    format: form.format,
    out,
    filter,
    label: form.label,
    includeExcluded: form.includeExcluded,
    images: EXPORT_FORMATS[form.format].embeds ? form.images : 'copy',
    columns: form.columns,
    csvFormulas: form.guardFormulas ? 'guard' : 'keep',
    resplit: form.resplit ? { testShare: Number(form.testPercent) / 100, seed: Number(form.seed) } : null,
  }
}

/** `PROJECT.blindfold` becomes `PROJECT-trl` beside it; a folder that was typed by hand stays. */
export const suggestedFolder = (projectPath: string, format: ExportFormat): string =>
  `${projectPath.replace(/[\\/]+$/, '').replace(/\.blindfold$/, '')}-${format}`
