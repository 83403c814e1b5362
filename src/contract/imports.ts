import { z } from 'zod'
import { CONTAINERS, QUARANTINE_CODES, READ_FORMATS, REMARK_CODES, VERDICTS } from '../core/vocabulary.ts'
import { contentHash, procedure, query, timestamp } from './base.ts'
import { jobRef } from './jobs.ts'

export const formatId = z.enum(READ_FORMATS)
export type { FormatId } from '../core/vocabulary.ts'

export const container = z.enum(CONTAINERS)
export type { Container } from '../core/vocabulary.ts'

/** A field of a record: a name, or a path of names and indices parted by dots (`answers.0.text`). */
const column = z.string().trim().min(1).max(200)

/**
 * Which columns hold what, for records of no known format. Either `chosen` and `rejected` are named, or two responses
 * and the `label` that says which is better.
 */
export const columnMap = z
  .object({
    /** Absent where the records have none: the responses answer the images alone. */
    prompt: column.optional(),
    system: column.optional(),
    chosen: column.optional(),
    rejected: column.optional(),
    first: column.optional(),
    second: column.optional(),
    label: column.optional(),
    images: column.optional(),
    id: column.optional(),
  })
  .refine(({ chosen, rejected, first, second, label }) => (chosen && rejected) || (first && second && label), {
    message: 'Map the columns of chosen and rejected, or of first, second and label.',
  })
export type ColumnMap = z.infer<typeof columnMap>

export const verdict = z.enum(VERDICTS)
export type { Verdict } from '../core/vocabulary.ts'

/** What the values of a label mean: the value as text (`1`, `tie`, `true`), or a range (`<1.5`). */
export const labelValues = z.record(z.string().trim().min(1).max(200), verdict)

/**
 * What only the whole file tells of its records, found once and kept with the import, so that a resumed import and a retry
 * read as it did. `column` is the label's; null where records are judged without one. `turns` are the columns whose texts are
 * lists of turns in JSON or Python; imports of older versions have none, and each of their records is read by itself.
 */
export const convention = z.object({
  label: z.object({ column: z.string().nullable(), values: labelValues }),
  turns: z.array(z.string()).optional(),
})
export type Convention = z.infer<typeof convention>

export const quarantineCode = z.enum(QUARANTINE_CODES)
export type { QuarantineCode } from '../core/vocabulary.ts'

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

/** One file of what is imported: itself, or a shard of a dataset folder. */
/** `encoding` where it was told, by the name that TextDecoder gives it. */
export const dataFile = z.object({
  file: z.string(),
  split: z.string(),
  bytes: z.number().int(),
  container,
  encoding: z.string().optional(),
})
export type DataFile = z.infer<typeof dataFile>

export const importPreview = z.object({
  file: z.string(),
  bytes: z.number().int(),
  files: z.array(dataFile),
  /** Null where no known format fits: then a column map is needed. */
  format: formatId.nullable(),
  /** How sure the detection is, 0 to 1; 1 when the user named the format. */
  confidence: z.number(),
  /** Other formats that fit, the best first, each with how sure it is; none where the user named the format. */
  alternatives: z.array(z.object({ format: formatId, confidence: z.number() })),
  imagesDir: z.string(),
  suggestedSource: z.string(),
  /** The fields of the first records, nested ones by their paths, with an example each (cut to 200 characters). */
  columns: z.array(z.object({ column: z.string(), kind: z.string(), example: z.string() })),
  /** What the label says which response is better; null where the format has none. Of all records, not only the first ones. */
  label: z
    .object({
      column: z.string(),
      first: z.string(),
      second: z.string(),
      /** The most frequent values, what each is read as (null: it is quarantined), and how many more values there are. */
      counts: z.array(z.object({ value: z.string(), count: z.number().int(), says: verdict.nullable() })),
      more: z.number().int(),
      absent: z.number().int(),
      /** What the values mean; null where that is not clear, so that an import must be told. */
      values: labelValues.nullable(),
      /** Conventions of its numbers or flags that fit, to choose from. */
      options: z.array(labelValues),
      /** Values that need a meaning of their own: words that no convention knows. */
      asked: z.array(z.string()),
    })
    .nullable(),
  /** A guess at the column map from the names of the columns, of several the one that loses the fewest of the first records. */
  suggestedMap: z.record(z.string(), z.string()),
  /** How many of the records that the guess was tried on it would lose; null where it was not tried. */
  suggestedLoss: z.object({ records: z.number().int(), lost: z.number().int() }).nullable(),
  /** Hosts on the web that images of the first records lie on, the most frequent first. */
  hosts: z.array(z.object({ host: z.string(), images: z.number().int() })),
  /** Among the records looked at; images that lie on the web are in `hosts` and no missing ones. */
  records: z.number().int(),
  tied: z.number().int(),
  missingImages: z.number().int(),
  pairs: z.array(previewPair),
  rejections: z.array(rejection),
})
export type ImportPreview = z.infer<typeof importPreview>

export const importInput = z.object({
  /** A data file, or a folder of shards. */
  file: z.string().min(1),
  /** Pairs that name their own source (Blindfold JSONL) keep it. */
  source: z.string().trim().min(1).max(200),
  /** Empty: what the file or record itself says, or none. */
  split: z.string().trim().max(100).default(''),
  format: z.union([formatId, z.literal('auto')]).default('auto'),
  /** Needed for `mapped`, refused for others. */
  map: columnMap.optional(),
  /** What the values of the label mean; needed where the file itself does not tell. */
  labels: labelValues.optional(),
  /** Encoding of text files (`gb18030`, `windows-1252`); without it UTF-8, or UTF-16 with a byte order mark. */
  encoding: z.string().trim().min(1).max(40).optional(),
  /** Folder that image paths start from and must stay in; the file's own folder where absent. */
  imagesDir: z.string().optional(),
  /** Hosts that images may be fetched from; nothing else on the web is ever asked. */
  fetchHosts: z.array(z.string().trim().min(1).max(255)).max(100).default([]),
})
export type ImportInput = z.input<typeof importInput>

export const remarkCode = z.enum(REMARK_CODES)
export type { RemarkCode } from '../core/vocabulary.ts'

/** `records`: how many it concerns, the first of them in `firstRow`. */
export const remark = z.object({ code: remarkCode, field: z.string(), records: z.number().int(), firstRow: z.number().int() })
export type Remark = z.infer<typeof remark>

/**
 * `pairs`: what the records state, one each but for formats with several responses a record; a record that cannot be read
 * counts as one. Invariant: imported + skipped + quarantined = pairs. `tied` and `incomplete` (an image is missing) are
 * among the imported.
 */
export const importResult = z.object({
  records: z.number().int(),
  pairs: z.number().int(),
  imported: z.number().int(),
  skipped: z.number().int(),
  quarantined: z.number().int(),
  tied: z.number().int(),
  incomplete: z.number().int(),
  images: z.number().int(),
  /** Results of older versions have none. */
  remarks: z.array(remark).default([]),
})
export type ImportResult = z.infer<typeof importResult>

/**
 * What an import of these files would come to, images aside: of all records, before anything is stored. `images` counts pairs that
 * name images, in the fields of `imageFields`; `refused` records by the first fault of each.
 */
export const importSurvey = z.object({
  format: formatId,
  records: z.number().int(),
  pairs: z.number().int(),
  tied: z.number().int(),
  images: z.number().int(),
  quarantined: z.number().int(),
  refused: z.array(z.object({ code: quarantineCode, records: z.number().int() })),
  imageFields: z.array(z.object({ field: z.string(), records: z.number().int() })),
  remarks: z.array(remark),
})
export type ImportSurvey = z.infer<typeof importSurvey>

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
  preview: query
    .input(importInput.pick({ file: true, format: true, map: true, labels: true, encoding: true, imagesDir: true }))
    .output(importPreview),
  /** Reads all records once and writes nothing. Judgements that they bring are compared with the open project, if there is one. */
  survey: procedure
    .input(
      importInput.pick({
        file: true,
        format: true,
        map: true,
        labels: true,
        encoding: true,
        split: true,
        imagesDir: true,
        fetchHosts: true,
      }),
    )
    .output(importSurvey),
  /** Progress of the survey of this file or folder in bytes, or null if none is running. */
  surveyProgress: query.input(importInput.pick({ file: true })).output(z.object({ done: z.number(), total: z.number() }).nullable()),
  /** Starts an import. */
  start: procedure.input(importInput).output(jobRef),
  /** A page of quarantined records, with counts by code and source. */
  quarantine: query
    .input(
      z.object({
        after: z.number().int().default(0),
        limit: z.number().int().min(1).max(500).default(100),
        codes: z.array(quarantineCode).optional(),
        sources: z.array(z.string()).optional(),
      }),
    )
    .output(
      z.object({
        /** Rows that the filter has. */
        total: z.number().int(),
        /** All rows by code and by source, whatever the filter. */
        codes: z.array(z.object({ value: quarantineCode, count: z.number().int() })),
        sources: z.array(z.object({ value: z.string(), count: z.number().int() })),
        rows: z.array(quarantineRow),
      }),
    ),
  /** Rows that an import skipped because its source already had the pair in that split, and where that pair came from. */
  skipped: query.input(z.object({ jobId: z.string(), limit: z.number().int().min(1).max(500).default(100) })).output(
    z.array(
      z.object({
        file: z.string(),
        row: z.number().int(),
        pairId: z.number().int(),
        same: z.object({ file: z.string(), row: z.number().int() }),
      }),
    ),
  ),
  /** Writes the quarantine as JSONL, one object per row with file, row, field, code, reason and the raw record. */
  exportQuarantine: procedure
    .input(z.object({ out: z.string().min(1), replace: z.boolean().default(false) }))
    .output(z.object({ rows: z.number().int() })),
  /** Reads the quarantined rows again from their files, and imports the valid ones. */
  retryQuarantine: procedure.input(z.object({ imagesDir: z.string().optional() })).output(jobRef),
  /** Images that pairs name and that are not in the project. */
  missingImages: query.output(
    z.object({
      pairs: z.number().int(),
      images: z.number().int(),
      /** The references that most pairs name, with why each was not taken. */
      examples: z.array(z.object({ reference: z.string(), reason: z.string(), pairs: z.number().int() })),
      hosts: z.array(z.object({ host: z.string(), images: z.number().int() })),
    }),
  ),
  /**
   * Finds missing images in a folder, or downloads them from the hosts named, and completes their pairs. A name means the same image in
   * all sources that use it, unless `sources` limits the search.
   */
  heal: procedure
    .input(
      z.object({ imagesDir: z.string().optional(), fetchHosts: importInput.shape.fetchHosts, sources: z.array(z.string()).optional() }),
    )
    .output(jobRef),
}

/** A column map kept under a name, for all projects of this user, with what the label's values mean. */
export const savedMap = z.object({ name: z.string().trim().min(1).max(100), map: columnMap, labels: labelValues.optional() })
export type SavedMap = z.infer<typeof savedMap>

export const columnMaps = {
  /** Saved column maps. */
  list: query.output(z.array(savedMap)),
  /** Saves a column map, and replaces one of the same name. */
  save: procedure.input(savedMap).output(z.array(savedMap)),
  /** Removes a saved column map. */
  remove: procedure.input(savedMap.pick({ name: true })).output(z.array(savedMap)),
}

export const media = z.object({ hash: contentHash, width: z.number().int(), height: z.number().int(), mime: z.string() })
