import { z } from 'zod'
import { CSV_FORMULAS, EXPORT_FORMATS, EXPORT_IMAGES, EXPORT_LABELS } from '../core/vocabulary.ts'
import { procedure, query } from './base.ts'
import { jobRef } from './jobs.ts'
import { pairFilter } from './pairs.ts'

/** What a dataset can be written as. `docs/formats.md` says what each holds. */
export const exportFormat = z.enum(EXPORT_FORMATS)
export type ExportFormat = z.infer<typeof exportFormat>

export const exportInput = z.object({
  format: exportFormat.default('trl'),
  /** A folder: absent, empty, or an earlier export, which is replaced. */
  out: z.string().min(1),
  filter: pairFilter.default({}),
  /** `original`: texts, split and label as they were imported. */
  label: z.enum(EXPORT_LABELS).default('current'),
  /** Discarded and tied pairs are left out unless asked for. */
  includeExcluded: z.boolean().default(false),
  /**
   * `embed` puts the bytes into the records (Parquet, and data URLs elsewhere; refused where those who read the format
   * open files only); `copy` puts files into `images/`. Absent: embedded in Parquet, copied elsewhere.
   */
  images: z.enum(EXPORT_IMAGES).optional(),
  /**
   * Columns prior_sfc, audit_sfc, weight, quadrant, status, annotators, source, tags beside the pair. `weight` is the audit SFC
   * over the mean of those of the pairs written, and 1 where a pair has none; where none has one, the same of the prior SFC.
   */
  columns: z.boolean().default(true),
  /** CSV: `guard` puts a single quote before cells that a spreadsheet may run as a formula; `keep` writes all texts to the letter. */
  csvFormulas: z.enum(CSV_FORMULAS).default('guard'),
  /** Splits again by group, so no image or imageless prompt is on both sides; else pairs keep their splits. */
  resplit: z
    .object({
      testShare: z.number().min(0.01).max(0.9),
      seed: z
        .number()
        .int()
        .min(0)
        .max(2 ** 31 - 1)
        .default(0),
    })
    .nullable()
    .default(null),
})
export type ExportInput = z.input<typeof exportInput>

/** What an export would write; nothing is written. */
export const exportPlan = z.object({
  pairs: z.number().int(),
  images: z.number().int(),
  imageBytes: z.number().int(),
  splits: z.array(z.object({ split: z.string(), pairs: z.number().int(), files: z.array(z.string()) })),
  /** What the format cannot hold: read back, these fields are gone or changed. */
  lost: z.array(z.object({ field: z.string(), pairs: z.number().int(), why: z.string() })),
  /** Why the folder cannot be taken as it is, or null. */
  obstacle: z.string().nullable(),
})
export type ExportPlan = z.infer<typeof exportPlan>

export const exportResult = z.object({ pairs: z.number().int(), images: z.number().int(), out: z.string() })

export const exports = {
  /** What an export would write. Nothing is written. */
  plan: query.input(exportInput).output(exportPlan),
  /** Starts an export. */
  start: procedure.input(exportInput).output(jobRef),
}

export const demoInput = z.object({
  pairs: z.number().int().min(10).max(100_000).default(4000),
  testPairs: z.number().int().min(10).max(100_000).optional(),
  seed: z
    .number()
    .int()
    .min(0)
    .max(2 ** 31 - 1)
    .default(0),
})

export const demo = {
  /** Writes the demo suite and imports it into the open project: three sources, each with a train and a test split. */
  start: procedure.input(demoInput).output(jobRef),
}
