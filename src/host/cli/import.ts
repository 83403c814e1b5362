import { resolve } from 'node:path'
import { importResult, type ImportInput, type Rejection } from '../../contract/imports.ts'
import type { z } from 'zod'
import { count, table, type Output } from './output.ts'
import { withProject, type Client } from './session.ts'
import { waitForJob } from './wait.ts'

export interface ImportOptions {
  project: string
  source: string
  split?: string
  format: ImportInput['format']
  images?: string
}

const SHOWN_REJECTIONS = 10
const COLUMNS = ['records', 'imported', 'skipped', 'quarantined', 'images'] as const

/** `blindfold import`: one job a file; the project is made where there is none. */
export async function importFiles(files: string[], options: ImportOptions, output: Output): Promise<void> {
  await withProject(options.project, { create: true }, async (client, project) => {
    const results: ({ file: string } & z.infer<typeof importResult>)[] = []
    for (const name of files) {
      const file = resolve(name)
      const { jobId } = await client.imports.start({
        file,
        source: options.source,
        split: options.split,
        format: options.format,
        imagesDir: options.images && resolve(options.images),
      })
      results.push({ file, ...importResult.parse(await waitForJob(client, jobId)) })
    }
    const sum = Object.fromEntries(COLUMNS.map((column) => [column, results.reduce((n, r) => n + r[column], 0)]))
    const refused = results.filter((result) => result.quarantined > 0)
    const rejections = refused.length ? await rejectionsOf(client, options.source, new Set(refused.map((r) => r.file))) : []
    await output.value({ project, ...sum, files: results, rejections })

    const rows = results.map((r) => [r.file, ...COLUMNS.map((column) => count(r[column]))])
    await output.line(table(['file', ...COLUMNS], rows, [1, 2, 3, 4, 5]))
    if (rejections.length) {
      await output.line(`\nIn quarantine (first ${rejections.length}; the app lists, exports and retries them all):`)
      await output.line(table(['file', 'row', 'field', 'code', 'reason'], rejections.map((r) => [r.file, String(r.row), r.field ?? '–', r.code, r.reason]), [1]))
    }
    if (results.some((result) => result.imported + result.skipped > 0)) await output.line(`\nNext: npx blindfold scan --project ${project}`)
  })
}

/** The first rows of these files that are in the source's quarantine. */
async function rejectionsOf(client: Client, source: string, files: Set<string>): Promise<({ file: string } & Rejection)[]> {
  const found: ({ file: string } & Rejection)[] = []
  for (let after = 0; found.length < SHOWN_REJECTIONS; ) {
    const { rows } = await client.imports.quarantine({ after, limit: 500 })
    const last = rows.at(-1)
    if (!last) break
    after = last.id
    for (const { file, row, field, code, reason, source: of } of rows) {
      if (of === source && files.has(file)) found.push({ file, row, field, code, reason })
    }
  }
  return found.slice(0, SHOWN_REJECTIONS)
}
