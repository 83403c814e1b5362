import { readdir, readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'
import type { DataFile } from '../contract/imports.ts'
import { BlindfoldError } from '../core/errors.ts'
import { openRecords } from './containers/container.ts'

/** Files that hold records, by their names; which of them really do, their content tells. */
const DATA = /\.(?:jsonl|ndjson|json|csv|tsv|parquet)(?:\.gz)?$/i
/** JSON files that lie beside data and hold none. */
const BESIDE = new Set(['manifest.json', 'dataset_info.json', 'dataset_infos.json', 'dataset_dict.json', 'state.json', 'package.json'])
const MAX_DEPTH = 4
const MAX_FILES = 10_000

/**
 * The data files behind a path: itself, or the files of a dataset folder in the order of their names. A folder is read as
 * Hugging Face reads it: by the `configs` in the header of its README.md where there are any; else every data file in it,
 * with the split that its name tells (`train-00000-of-00002.parquet`, `test.jsonl`, `data/validation/0.csv`).
 *
 * @throws BlindfoldError FILE_NOT_FOUND, FILE_UNREADABLE, FORMAT_UNKNOWN, or NO_DATA where the folder holds no data file
 */
export async function openDataset(place: string, encoding: string | null = null): Promise<DataFile[]> {
  const folder = await stat(place).then(
    (found) => found.isDirectory(),
    () => false,
  )
  if (!folder) return [await dataFile(place, '', encoding)]
  const names = (await list(place, '', 0)).sort((a, b) => (a < b ? -1 : 1))
  const configs = await configsOf(place)
  const told = configs === null ? [] : names.flatMap((name) => splitByConfig(name, configs) ?? [])
  const chosen = told.length > 0 ? told : names.map((name) => ({ name, split: splitOf(name) }))
  if (chosen.length === 0) {
    const remedy = 'Choose a folder that contains JSONL, JSON, CSV, TSV or Parquet files, directly or in subfolders.'
    throw new BlindfoldError('NO_DATA', `The folder contains no data file.`, { file: place, remedy })
  }
  const files: DataFile[] = []
  for (const { name, split } of chosen) files.push(await dataFile(path.join(place, name), split, encoding))
  return files
}

async function dataFile(file: string, split: string, encoding: string | null): Promise<DataFile> {
  const source = await openRecords(file, encoding)
  await source.close()
  return { file, split, bytes: source.bytes, container: source.container, ...(encoding === null ? {} : { encoding }) }
}

/** Names of data files relative to the folder, with `/`. Links to files are followed (the hub's cache is made of them), links to folders are not. */
async function list(root: string, inside: string, depth: number): Promise<string[]> {
  const found: string[] = []
  for (const entry of await readdir(path.join(root, inside), { withFileTypes: true })) {
    const name = inside === '' ? entry.name : `${inside}/${entry.name}`
    if (entry.name.startsWith('.') || entry.name.startsWith('_')) continue
    if (entry.isDirectory()) {
      if (depth < MAX_DEPTH && entry.name !== 'images') found.push(...(await list(root, name, depth + 1)))
    } else if (DATA.test(entry.name) && !BESIDE.has(entry.name.toLowerCase())) {
      const file =
        entry.isFile() ||
        (entry.isSymbolicLink() &&
          (await stat(path.join(root, name)).then(
            (target) => target.isFile(),
            () => false,
          )))
      if (file) found.push(name)
    }
    if (found.length > MAX_FILES) {
      throw new BlindfoldError('NO_DATA', `${root} contains more than ${MAX_FILES} data files.`, {
        file: root,
        remedy: 'Choose a folder inside it.',
      })
    }
  }
  return found
}

const paths = z.union([z.string(), z.array(z.string())]).transform((given) => [given].flat())
/** `configs` in the header of a dataset card: paths, or splits with their paths. */
const dataFiles = z.union([
  z.array(z.object({ split: z.string(), path: paths })),
  paths.transform((given) => [{ split: 'train', path: given }]),
])
const card = z.object({ configs: z.array(z.object({ data_files: dataFiles.optional() })) })
type SplitPaths = z.output<typeof dataFiles>

/** What the dataset card says of data files; null where there is none or it says nothing that can be read. */
async function configsOf(folder: string): Promise<SplitPaths | null> {
  const text = await readFile(path.join(folder, 'README.md'), 'utf8').catch(() => '')
  const header = /^---\r?\n([\s\S]{0,200000}?)\r?\n---/.exec(text)?.[1]
  if (header === undefined) return null
  let value: unknown
  try {
    value = parse(header, { maxAliasCount: 10 })
  } catch {
    return null
  }
  const parsed = card.safeParse(value)
  return parsed.success ? parsed.data.configs.flatMap(({ data_files: files }) => files ?? []) : null
}

function splitByConfig(name: string, configs: SplitPaths): { name: string; split: string } | null {
  for (const { split, path: globs } of configs) {
    if (globs.some((glob) => path.posix.matchesGlob(name, glob.replace(/^\.\//, '')))) return { name, split }
  }
  return null
}

/** Words by which Hugging Face tells splits, between separators in a name. */
const SPLITS: [string, RegExp][] = [
  ['train', /(?:^|[-._ /])(?:train|training)(?:[-._ /]|\d|$)/i],
  ['validation', /(?:^|[-._ /])(?:validation|valid|val|dev)(?:[-._ /]|\d|$)/i],
  ['test', /(?:^|[-._ /])(?:test|testing|eval|evaluation)(?:[-._ /]|\d|$)/i],
]

/** The split that a name tells: that of the file before those of its folders; empty where none does. */
export function splitOf(name: string): string {
  const parts = name.replace(/(?:\.[a-z]+)+$/i, '').split('/')
  for (const part of parts.reverse()) {
    for (const [split, pattern] of SPLITS) if (pattern.test(part)) return split
  }
  return ''
}
