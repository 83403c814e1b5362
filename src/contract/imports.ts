import { z } from 'zod'
import { contentHash, procedure, timestamp } from './base.ts'
import { jobRef } from './jobs.ts'

/** A native record format. `docs/formats.md` says what each holds. */
export const formatId = z.enum(['mm-rm', 'povid', 'trl'])
export type FormatId = z.infer<typeof formatId>

export const quarantineCode = z.enum([
  'not-an-object',
  'invalid-json',
  'invalid-utf8',
  'missing-field',
  'wrong-type',
  'empty-text',
  'same-responses',
  'missing-image',
  'unreadable-image',
  'duplicate-id',
])
export type QuarantineCode = z.infer<typeof quarantineCode>

/** Why one record was not imported. `row` counts records from 1 (a line, where the file is lines). */
export const rejection = z.object({
  row: z.number().int(),
  field: z.string().nullable(),
  code: quarantineCode,
  reason: z.string(),
})
export type Rejection = z.infer<typeof rejection>

export const previewPair = z.object({
  row: z.number().int(),
  externalId: z.string().nullable(),
  prompt: z.string(),
  chosen: z.string(),
  rejected: z.string(),
  /** Small data URLs (PNG or WebP made here, never the original bytes), for nothing is in the project yet. */
  thumbnails: z.array(z.string().startsWith('data:image/')),
})

export const importPreview = z.object({
  file: z.string(),
  bytes: z.number().int(),
  format: formatId,
  /** How sure the detection is, 0 to 1; 1 when the user named the format. */
  confidence: z.number(),
  imagesDir: z.string(),
  suggestedSource: z.string(),
  pairs: z.array(previewPair),
  rejections: z.array(rejection),
})
export type ImportPreview = z.infer<typeof importPreview>

export const importInput = z.object({
  file: z.string().min(1),
  source: z.string().trim().min(1).max(200),
  split: z.string().trim().max(100).default(''),
  format: z.union([formatId, z.literal('auto')]).default('auto'),
  /** Folder that relative image paths start from; the file's own folder where absent. */
  imagesDir: z.string().optional(),
})
export type ImportInput = z.input<typeof importInput>

/** Invariant: imported + skipped + quarantined = records. */
export const importResult = z.object({
  records: z.number().int(),
  imported: z.number().int(),
  skipped: z.number().int(),
  quarantined: z.number().int(),
  images: z.number().int(),
})
export type ImportResult = z.infer<typeof importResult>

export const quarantineRow = rejection.extend({
  id: z.number().int(),
  file: z.string(),
  source: z.string(),
  /** The record as it stood in the file, cut to 20,000 characters. */
  raw: z.string(),
  createdAt: timestamp,
})
export type QuarantineRow = z.infer<typeof quarantineRow>

export const imports = {
  /** Reads the first records and writes nothing. */
  preview: procedure
    .input(importInput.pick({ file: true, format: true, imagesDir: true }))
    .output(importPreview),
  start: procedure.input(importInput).output(jobRef),
  quarantine: procedure
    .input(z.object({ after: z.number().int().default(0), limit: z.number().int().min(1).max(500).default(100) }))
    .output(z.object({ total: z.number().int(), rows: z.array(quarantineRow) })),
  /** Writes the quarantine as JSONL, one object a row with file, row, field, code, reason and the raw record. */
  exportQuarantine: procedure.input(z.object({ out: z.string().min(1) })).output(z.object({ rows: z.number().int() })),
  /** Tries the quarantined rows again, read anew from their files (a missing image may be there now). */
  retryQuarantine: procedure.input(z.object({ imagesDir: z.string().optional() })).output(jobRef),
}

export const media = z.object({ hash: contentHash, width: z.number().int(), height: z.number().int(), mime: z.string() })
