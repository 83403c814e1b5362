import path from 'node:path'
import { z } from 'zod'
import { convention, dataFile, formatId, importInput } from '../../contract/imports.ts'
import { importFile, importResult } from '../intake/import-file.ts'
import { settlePairs } from '../intake/after-import.ts'
import { defineKind } from '../kind.ts'

/** As the contract's input, with what the service found out: absolute paths, the format, the files and what all their records tell. */
const input = importInput.extend({
  format: formatId,
  imagesDir: z.string(),
  imagesChosen: z.boolean().default(false),
  files: z.array(dataFile).min(1),
  convention: convention.nullable().default(null),
})

export const importKind = defineKind({
  kind: 'import',
  input,
  title: ({ file, source, split }) => `Import ${path.basename(file)} into ${source}${split ? ` (${split})` : ''}`,
  resumable: true,
  resources: ['project-data'],
  async run(context) {
    const { db, jobId, progress, input } = context
    const total = input.files.reduce((sum, { bytes }) => sum + bytes, 0)
    try {
      let before = 0
      for (const { file, split, bytes, encoding = null } of input.files) {
        const { source, format, map = null, convention: read, imagesDir, imagesChosen, fetchHosts } = input
        const told = (done: number) => progress({ phase: 'Importing', done: Math.min(before + done, total), total, unit: 'bytes' })
        told(0)
        await importFile(
          context,
          {
            file,
            source,
            split: input.split,
            fileSplit: split,
            format,
            map,
            convention: read,
            imagesDir,
            imagesChosen,
            fetchHosts,
            encoding,
          },
          told,
        )
        before += bytes
      }
      await settlePairs(context)
      return await importResult(db, jobId)
    } finally {
      // Batches stay where the import stops, too.
      for (const topic of ['project', 'pairs', 'quarantine'] as const) context.publish(topic)
    }
  },
})
