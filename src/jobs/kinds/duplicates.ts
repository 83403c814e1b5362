import { z } from 'zod'
import { findDuplicates } from '../intake/duplicates.ts'
import { defineKind } from '../kind.ts'

export const duplicatesKind = defineKind({
  kind: 'duplicates',
  input: z.object({}),
  title: () => 'Find duplicates',
  // It rewrites its whole table, so a resumed job starts over.
  resumable: true,
  resources: ['project-data'],
  async run(context) {
    try {
      return await findDuplicates(context)
    } finally {
      for (const topic of ['curation', 'pairs'] as const) context.publish(topic)
    }
  },
})
