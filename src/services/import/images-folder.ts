import { stat } from 'node:fs/promises'
import path from 'node:path'
import type { ColumnMap, DataFile, FormatId } from '../../contract/imports.ts'
import { BlindfoldError } from '../../core/errors.ts'
import { openRecords } from '../../formats/containers/container.ts'
import { DATASET_INFO } from '../../formats/dataset-info.ts'
import type { ImageReference } from '../../formats/format.ts'
import { isAbsent, readError } from '../../formats/read-error.ts'
import { parseRecord } from '../../formats/record.ts'
import { formatOf } from '../../formats/registry.ts'

/** Image paths that are looked for before a folder is settled on. */
const ENOUGH = 20
/** Files that are looked into for them. */
const FILES = 20
/** Where data sets keep their images, beside the file or in the chosen folder; the file's own folder first. */
const USUAL = ['.', 'images', 'image', 'imgs']

/** What is imported: see `ImportPlan`. */
type Chosen = { file: string; files: readonly DataFile[]; format: FormatId; map: ColumnMap | null }

/**
 * The folder that relative image paths start from: the one given, or else of the usual places the one where most of the
 * first images are, the file's own folder where that is none of them.
 *
 * @throws BlindfoldError FILE_NOT_FOUND where the given folder does not exist; FILE_UNREADABLE where the system does not say what is
 * in a folder; what reading the file throws
 */
export async function imagesFolder(given: string | undefined, chosen: Chosen): Promise<string> {
  if (given) return existingFolder(given)
  const [first] = chosen.files
  const own = first ? path.dirname(first.file) : path.dirname(chosen.file)
  const root = path.basename(chosen.file) === DATASET_INFO ? path.dirname(chosen.file) : chosen.file
  const places = first && root !== first.file && root !== own ? [own, root] : [own]
  const folders = places.flatMap((place) => USUAL.map((name) => path.join(place, name)))
  const paths: string[] = []
  // The first of several files may be a split without images.
  for (const each of chosen.files.slice(0, FILES)) {
    if (paths.length < ENOUGH) paths.push(...(await firstPaths(each, chosen)))
  }
  const found = await Promise.all(folders.map((folder) => howMany(paths, folder)))
  return folders[found.indexOf(Math.max(...found))] ?? own
}

/** @throws BlindfoldError FILE_NOT_FOUND */
export async function existingFolder(given: string): Promise<string> {
  const folder = path.resolve(given)
  if (await isThere(folder, 'isDirectory')) return folder
  throw new BlindfoldError('FILE_NOT_FOUND', `Folder ${folder} not found.`, {
    file: folder,
    field: 'imagesDir',
    remedy: 'Choose the folder that image paths are relative to.',
  })
}

/** The first relative image paths of a file. */
async function firstPaths({ file, encoding }: DataFile, { format: id, map }: Chosen): Promise<string[]> {
  const source = await openRecords(file, encoding)
  try {
    const format = await formatOf(file, id, map)
    const paths: string[] = []
    let looked = 0
    for await (const raw of source.records()) {
      const parsed = parseRecord(raw)
      const reading = 'fault' in parsed ? null : format.read(parsed.record)
      if (reading && 'pairs' in reading) paths.push(...(reading.pairs[0]?.images ?? []).flatMap(relativePath))
      if (paths.length >= ENOUGH || ++looked === 10 * ENOUGH) break
    }
    return paths
  } finally {
    await source.close()
  }
}

function relativePath(image: ImageReference): string[] {
  const relative =
    image.kind === 'text' && !/^[a-z][a-z0-9+.-]+:/i.test(image.text) && !path.isAbsolute(image.text) && !image.text.includes('\0')
  return relative ? [image.text] : []
}

async function howMany(paths: readonly string[], folder: string): Promise<number> {
  // A path that cannot be one is not there: the import says so of its row.
  const there = await Promise.all(paths.map((name) => isThere(path.join(folder, name), 'isFile')))
  return there.filter(Boolean).length
}

/** @throws BlindfoldError FILE_UNREADABLE */
async function isThere(name: string, kind: 'isFile' | 'isDirectory'): Promise<boolean> {
  try {
    return (await stat(name))[kind]()
  } catch (error) {
    if (isAbsent(error)) return false
    throw readError(error, name)
  }
}
