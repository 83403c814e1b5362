import type { ExportFormat, ExportInput } from '../../../src/contract/exports.ts'
import type { ExportImages, ExportLabel } from '../../../src/core/vocabulary.ts'

/** What can be written, in the order of the list: what it is, who reads it, and whether records can hold the images themselves. */
export const EXPORT_FORMATS: Record<ExportFormat, { label: string; sentence: string; embeds: boolean }> = {
  trl: { label: 'TRL JSONL', sentence: 'Message lists as TRL’s trainers and load_dataset read them.', embeds: true },
  'trl-parquet': { label: 'TRL Parquet', sentence: 'The same in Parquet, images as an image column; for the Hub.', embeds: true },
  'llama-factory': { label: 'LLaMA-Factory', sentence: 'ShareGPT ranking records, with the dataset_info.json.', embeds: false },
  'ms-swift': { label: 'ms-swift', sentence: 'Messages with rejected_response, as swift rlhf reads them.', embeds: true },
  'mm-rm': { label: 'MM-RM JSONL', sentence: 'Prompt, img_path and two answers a line.', embeds: false },
  povid: { label: 'POVID / LLaVA-DPO', sentence: 'LLaVA conversations with rejected conversations beside them.', embeds: false },
  csv: { label: 'CSV', sentence: 'A table for spreadsheets and a quick look.', embeds: true },
  blindfold: {
    label: 'Blindfold JSONL',
    sentence: 'Everything: originals, history, tags and metadata. Imports back without loss.',
    embeds: true,
  },
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
    ...(testPercent.trim() === '' || !(share >= 1 && share <= 90) ? { testPercent: 'From 1 to 90%.' } : {}),
    ...(seed.trim() === '' || !Number.isInteger(number) || number < 0 || number >= 2 ** 31 ? { seed: 'A whole number from 0.' } : {}),
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
