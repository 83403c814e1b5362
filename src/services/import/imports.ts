import type { FileHandle } from 'node:fs/promises'
import type { ImportInput } from '../../contract/imports.ts'
import type { DbClient } from '../../db/worker/client.ts'
import { writeError } from '../../formats/write-error.ts'
import { importKind } from '../../jobs/kinds/import.ts'
import { retryKind } from '../../jobs/kinds/retry.ts'
import { replaceFile } from '../../node/replace-file.ts'
import type { Backend } from '../backend.ts'
import { imagesService } from '../images.ts'
import { existingFolder, imagesFolder } from './images-folder.ts'
import { planImport, requireFormat } from './import-plan.ts'
import { previewImport } from './preview.ts'
import { os } from '../procedure.ts'
import { SurveyProgress, surveyImport } from './survey.ts'

const PAGE = 500

export function importsService(backend: Backend) {
  const { paths } = backend
  const surveying = new SurveyProgress()
  /** The input with the paths that may be read. */
  async function readable<Input extends Pick<ImportInput, 'file' | 'imagesDir'>>(input: Input): Promise<Input> {
    const file = await paths.read(input.file, 'file')
    return input.imagesDir ? { ...input, file, imagesDir: await paths.read(input.imagesDir, 'imagesDir') } : { ...input, file }
  }
  return {
    preview: os.imports.preview.handler(async ({ input }) => previewImport(await readable(input))),
    survey: os.imports.survey.handler(async ({ input: given, signal }) => {
      const input = await readable(given)
      return surveying.during(given.file, (told) => surveyImport(input, backend.session?.db ?? null, signal, told))
    }),
    surveyProgress: os.imports.surveyProgress.handler(({ input }) => surveying.of(input.file)),
    start: os.imports.start.handler(async ({ input: given }) => {
      const { jobs } = backend.requireSession()
      const input = await readable(given)
      const { file, files, format, map, convention } = requireFormat(await planImport(input))
      const imagesDir = await imagesFolder(input.imagesDir, { file, files, format, map })
      const job = await jobs.start(importKind, {
        ...input,
        file,
        files,
        format,
        imagesDir,
        imagesChosen: input.imagesDir !== undefined,
        convention,
        map: map ?? undefined,
      })
      return { jobId: job.id }
    }),
    quarantine: os.imports.quarantine.handler(async ({ input }) => {
      const { rows, ...counts } = await backend.requireSession().db.quarantine.list(input)
      return { ...counts, rows: rows.map(({ split: _, ...row }) => row) }
    }),
    skipped: os.imports.skipped.handler(({ input }) => backend.requireSession().db.imports.skipped(input)),
    exportQuarantine: os.imports.exportQuarantine.handler(async ({ input }) => {
      const { db } = backend.requireSession()
      return { rows: await writeQuarantine(db, await paths.writeFile(input.out, 'out', { agreed: input.replace, isOurs: isQuarantine })) }
    }),
    retryQuarantine: os.imports.retryQuarantine.handler(async ({ input }) => {
      const { jobs } = backend.requireSession()
      const imagesDir = input.imagesDir === undefined ? undefined : await existingFolder(await paths.read(input.imagesDir, 'imagesDir'))
      const job = await jobs.start(retryKind, { imagesDir })
      return { jobId: job.id }
    }),
    ...imagesService(backend),
  }
}

/** Whether a file begins as `writeQuarantine` begins one. */
const isQuarantine = (beginning: string): boolean => /^\{"file":"(?:[^"\\]|\\.)*","row":\d+,"field":/.test(beginning)

/** One JSON object a row; the file appears when it is complete. Gives the number of rows. */
async function writeQuarantine(db: DbClient, out: string): Promise<number> {
  let count = 0
  const write = async (file: FileHandle): Promise<void> => {
    for (let after = 0; ;) {
      const { rows } = await db.quarantine.list({ after, limit: PAGE })
      const last = rows.at(-1)
      if (!last) break
      after = last.id
      count += rows.length
      const lines = rows.map(
        ({ id: _, file: from, row, field, createdAt, ...rest }) => `${JSON.stringify({ file: from, row, field, ...rest, createdAt })}\n`,
      )
      await file.writeFile(lines.join(''))
    }
  }
  await replaceFile(out, write).catch((error: unknown) => {
    throw writeError(error, out)
  })
  return count
}
