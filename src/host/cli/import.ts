import { existsSync } from 'node:fs'
import { basename, dirname, resolve, sep } from 'node:path'
import type { z } from 'zod'
import { importResult, type ColumnMap, type ImportInput, type ImportSurvey, type Rejection, type SavedMap } from '../../contract/imports.ts'
import { BlindfoldError } from '../../core/errors.ts'
import { count, plural } from '../../core/format.ts'
import { parseMap } from '../../formats/column-map.ts'
import { noFile } from '../../formats/containers/container.ts'
import { parseLabels } from '../../formats/labels/labels.ts'
import { DATASET_INFO } from '../../formats/dataset-info.ts'
import { missingLines, remarkLines, surveyLines } from './import-survey.ts'
import { table, statusLine, type Output } from './output.ts'
import { withProject, type Client } from './session.ts'
import { describeProgress, waitForJob } from './wait.ts'

export interface ImportOptions {
  project: string
  source: string
  split?: string
  format: NonNullable<ImportInput['format']>
  images?: string
  /** Hosts that images may be fetched from. */
  fetch: string[]
  map?: string
  labels?: string
  encoding?: string
  mapName?: string
  saveMap?: string
}

const SHOWN = 10
const PROGRESS_MS = 200
const COLUMNS = ['records', 'pairs', 'imported', 'tied', 'incomplete', 'skipped', 'quarantined', 'images'] as const

type Place = { file: string } & Rejection
type Skipped = Awaited<ReturnType<Client['imports']['skipped']>>

/** `blindfold import`: one job a file or folder; the project is made where there is none. */
export async function importFiles(files: string[], options: ImportOptions, output: Output): Promise<void> {
  const given = mapOf(options)
  const told = options.labels === undefined ? undefined : parseLabels(options.labels)
  for (const file of files.map((name) => resolve(name))) if (!existsSync(file)) throw noFile(file)
  await withProject(options.project, { create: true }, async (client, project) => {
    const saved = options.mapName === undefined ? null : await savedMap(client, options.mapName)
    const [map, labels] = [saved?.map ?? given, told ?? saved?.labels]
    if (options.saveMap !== undefined && map) await client.columnMaps.save({ name: options.saveMap, map, labels })
    const results: ({ file: string } & z.infer<typeof importResult>)[] = []
    const skipped: Skipped = []
    const surveys: ({ file: string } & ImportSurvey)[] = []
    for (const name of files) {
      const file = resolve(name)
      const input = {
        file,
        source: options.source,
        split: options.split,
        format: options.format,
        map,
        labels,
        encoding: options.encoding,
        imagesDir: options.images && resolve(options.images),
        fetchHosts: options.fetch,
      }
      const survey = await surveyed(client, input)
      surveys.push({ file, ...survey })
      for (const line of surveyLines(file, survey)) await output.line(line)
      const { jobId } = await client.imports.start(input)
      const result = importResult.parse(await waitForJob(client, jobId))
      results.push({ file, ...result })
      if (result.skipped > 0 && skipped.length < SHOWN)
        skipped.push(...(await client.imports.skipped({ jobId, limit: SHOWN - skipped.length })))
    }
    const sum = Object.fromEntries(COLUMNS.map((column) => [column, results.reduce((n, r) => n + r[column], 0)]))
    const rejections = results.some(({ quarantined }) => quarantined > 0)
      ? await rejectionsOf(
          client,
          options.source,
          results.map(({ file }) => file),
        )
      : []
    await output.value({ project, ...sum, surveys, files: results, rejections, skippedRows: skipped })

    const rows = results.map((r) => [r.file, ...COLUMNS.map((column) => count(r[column]))])
    await output.line(
      table(
        ['file', ...COLUMNS],
        rows,
        COLUMNS.map((_, index) => index + 1),
      ),
    )
    for (const line of remarks(sum, project)) await output.line(line)
    if ((sum.incomplete ?? 0) > 0) for (const line of missingLines(await client.imports.missingImages())) await output.line(line)
    for (const { file, remarks: said } of results) for (const line of remarkLines(file, said, 'after')) await output.line(line)
    if (skipped.length) {
      await output.line(`\nSkipped because the source already contains the pair in this split (first ${skipped.length}):`)
      await output.line(
        table(
          ['file', 'row', 'same as', 'row'],
          skipped.map((s) => [s.file, String(s.row), s.same.file, String(s.same.row)]),
          [1, 3],
        ),
      )
    }
    if (rejections.length) {
      await output.line(`\nQuarantined (first ${rejections.length}; the app lists, exports and retries all):`)
      await output.line(
        table(
          ['file', 'row', 'field', 'code', 'reason'],
          rejections.map((r) => [r.file, String(r.row), r.field ?? '–', r.code, r.reason]),
          [1],
        ),
      )
    }
    if (results.some((result) => result.imported + result.skipped > 0)) await output.line(`\nNext: blindfold scan --project ${project}`)
    else if ((sum.quarantined ?? 0) > 0) {
      throw new BlindfoldError('NO_DATA', `Nothing was imported: ${plural(sum.quarantined ?? 0, 'record')} quarantined.`, {
        file: files[0] ?? '',
        remedy: 'Fix the records, or map the columns with --map.',
      })
    }
  })
}

/** Surveys the file; on a terminal, one line on standard error says how far it is. */
async function surveyed(client: Client, input: ImportInput): Promise<ImportSurvey> {
  const line = statusLine()
  const timer = setInterval(() => {
    void client.imports.surveyProgress({ file: input.file }).then((reached) => {
      if (reached) line.show(describeProgress({ phase: 'Reading all records', ...reached, unit: 'bytes', rate: null, etaSeconds: null }))
    })
  }, PROGRESS_MS)
  try {
    return await client.imports.survey(input)
  } finally {
    clearInterval(timer)
    line.clear()
  }
}

function remarks(sum: Record<string, number>, project: string): string[] {
  const { tied = 0, incomplete = 0 } = sum
  return [
    ...(tied > 0 ? [`\n${count(tied)} tied: blind tests and training exclude these pairs.`] : []),
    ...(incomplete > 0
      ? [
          `\n${count(incomplete)} with a missing image. To find the images: blindfold heal --project ${project} --images DIR (or --fetch HOST)`,
        ]
      : []),
  ]
}

/** The map that is written on the command line. @throws BlindfoldError INVALID_INPUT where the options contradict */
function mapOf({ map, mapName, saveMap, format }: ImportOptions): ColumnMap | undefined {
  const refuse = (message: string, remedy: string) => new BlindfoldError('INVALID_INPUT', message, { field: 'map', remedy })
  if (map !== undefined && mapName !== undefined) throw refuse('--map and --map-name both name a column map.', 'Give one of them.')
  if (saveMap !== undefined && map === undefined) throw refuse('--save-map requires a column map.', 'Give the map with --map.')
  if ((map ?? mapName) !== undefined && format !== 'auto' && format !== 'mapped') {
    throw refuse(`A column map cannot be used for records of the format ${format}.`, 'Omit --format or the column map.')
  }
  return map === undefined ? undefined : parseMap(map)
}

async function savedMap(client: Client, wanted: string): Promise<SavedMap> {
  const maps = await client.columnMaps.list()
  const found = maps.find(({ name }) => name === wanted)
  if (found) return found
  const names = maps.map(({ name }) => name).join(', ')
  throw new BlindfoldError('NOT_FOUND', `Column map “${wanted}” not found.`, {
    field: 'map-name',
    remedy: names === '' ? 'No column map is saved yet. Give one with --map and save it with --save-map.' : `Use one of: ${names}.`,
  })
}

/** The first rows of these files, or of files in these folders, that are in the source's quarantine. */
async function rejectionsOf(client: Client, source: string, imported: string[]): Promise<Place[]> {
  const places = imported.map((file) => (basename(file) === DATASET_INFO ? dirname(file) : file))
  const found: Place[] = []
  for (let after = 0; found.length < SHOWN;) {
    const { rows } = await client.imports.quarantine({ after, limit: 500, sources: [source] })
    const last = rows.at(-1)
    if (!last) break
    after = last.id
    for (const { file, row, field, code, reason } of rows) {
      if (places.some((place) => file === place || file.startsWith(`${place}${sep}`))) found.push({ file, row, field, code, reason })
    }
  }
  return found.slice(0, SHOWN)
}
