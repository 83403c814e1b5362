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
    const known = (await client.imports.quarantine({ limit: 1 })).total
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
    const { total } = await client.imports.quarantine({ limit: 1 })
    const rejections = total > known ? await newestRejections(client, new Set(results.map((r) => r.file))) : []
    await output.value({ project, ...sum, files: results, rejections })

    const rows = results.map((r) => [r.file, ...COLUMNS.map((column) => count(r[column]))])
    await output.line(table(['file', ...COLUMNS], rows, [1, 2, 3, 4, 5]))
    if (rejections.length) {
      await output.line(`\nIn quarantine (first ${rejections.length}; the app lists, exports and retries them all):`)
      await output.line(table(['file', 'row', 'field', 'code', 'reason'], rejections.map((r) => [r.file, String(r.row), r.field ?? '–', r.code, r.reason]), [1]))
    }
    await output.line(`\nNext: blindfold scan --project ${project}`)
  })
}

/** The first rows that these files left in quarantine. */
async function newestRejections(client: Client, files: Set<string>): Promise<({ file: string } & Rejection)[]> {
  const { rows } = await client.imports.quarantine({ limit: 500 })
  return rows
    .filter((row) => files.has(row.file))
    .slice(0, SHOWN_REJECTIONS)
    .map(({ file, row, field, code, reason }) => ({ file, row, field, code, reason }))
}
