import path from 'node:path'
import { z } from 'zod'
import { formatId, importInput } from '../../contract/imports.ts'
import { importFile } from '../intake/import-file.ts'
import { defineKind } from '../kind.ts'

/** As the contract's input, with what the service found out: absolute paths and the format. */
const input = importInput.extend({ format: formatId, imagesDir: z.string() })

export const importKind = defineKind({
  kind: 'import',
  input,
  title: ({ file, source, split }) => `Import ${path.basename(file)} into ${source}${split ? ` (${split})` : ''}`,
  resumable: true,
  resources: ['project-data'],
  async run(context) {
    try {
      const result = await importFile(context, context.input, 'Importing')
      context.progress({ phase: 'Grouping', done: 0, total: null, unit: 'pairs' })
      await context.db.pairs.assignGroups()
      return result
    } finally {
      // Batches stay where the import stops, too.
      for (const topic of ['project', 'pairs', 'quarantine'] as const) context.publish(topic)
    }
  },
})
