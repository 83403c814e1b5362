import { createHash } from 'node:crypto'
import { createReadStream, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { model as modelSchema, type GivenCard, type Model, type ModelCard, type modelSource } from '../contract/models.ts'
import type { z } from 'zod'
import { BlindfoldError } from '../core/errors.ts'
import { replaceFileSync } from '../node/replace-file.ts'
import { check, filesOf, inspectFolder } from './inspect.ts'

type Source = z.output<typeof modelSource>

const MANIFEST = 'manifest.json'

/** Where models lie: `models/ID/manifest.json` of the user's folder, and `models/ID/files` where Blindfold fetched or built it. */
const home = (userDir: string): string => join(userDir, 'models')

/** All registered models by name. A manifest that cannot be read is left out: it says nothing that could be shown. */
export function listModels(userDir: string): Model[] {
  const root = home(userDir)
  if (!existsSync(root)) return []
  const found = readdirSync(root, { withFileTypes: true }).flatMap((entry) => {
    const model = entry.isDirectory() ? readManifest(join(root, entry.name)) : null
    return model?.id === entry.name ? [{ ...model, problem: problemOf(model) }] : []
  })
  return found.sort((a, b) => a.name.localeCompare(b.name, 'en') || a.id.localeCompare(b.id, 'en'))
}

/** @throws BlindfoldError NOT_FOUND */
export function findModel(userDir: string, id: string): Model {
  const found = listModels(userDir).find((model) => model.id === id)
  if (found) return found
  throw new BlindfoldError('NOT_FOUND', `Model ${id} not found.`, {
    field: 'modelId',
    remedy: 'List models with blindfold models list, or add one with blindfold models add.',
  })
}

/** A model that can be used now, of one kind. @throws BlindfoldError NOT_FOUND, MODEL_UNUSABLE */
export function usableModel(userDir: string, id: string, kind: ModelCard['kind']): Model {
  const found = findModel(userDir, id)
  if (found.problem)
    throw new BlindfoldError('MODEL_UNUSABLE', `${found.name}: ${found.problem}`, {
      file: found.dir,
      remedy: 'Restore its files, or remove the model and add it again.',
    })
  if (found.kind !== kind)
    throw new BlindfoldError('MODEL_UNUSABLE', `${found.name} is of kind ${found.kind}, but ${kind} is required.`, {
      field: 'modelId',
      remedy: `Choose a model of kind ${kind}.`,
    })
  // A folder that was registered where it lies may hold other files by now.
  check(found.dir, found)
  return found
}

/**
 * Registers the folder `dir` where it lies. One that was registered before keeps its id and gets its new card.
 *
 * @throws BlindfoldError what `inspectFolder` throws; the signal's reason
 */
export async function registerFolder(userDir: string, dir: string, given: GivenCard = {}, signal?: AbortSignal): Promise<Model> {
  const path = resolve(dir)
  const card = inspectFolder(path, given)
  const before = listModels(userDir).find((model) => model.dir === path)
  const id = before?.id ?? freeId(userDir, card.name)
  const model = await modelOf(id, path, card, before?.source ?? { type: 'folder', path }, signal)
  writeManifest(userDir, model)
  return model
}

/**
 * Registers what lies complete in the folder `files`, which is moved into the user's folder; a model of the same source
 * gives way to it.
 */
export async function adopt(userDir: string, files: string, source: Source, given: GivenCard, signal?: AbortSignal): Promise<Model> {
  const card = inspectFolder(files, given)
  const key = JSON.stringify(source)
  const before = listModels(userDir).find((model) => JSON.stringify(model.source) === key)
  const id = before?.id ?? freeId(userDir, card.name)
  const dir = join(home(userDir), id, 'files')
  const model = await modelOf(id, dir, card, source, signal, files)
  signal?.throwIfAborted()
  rmSync(dir, { recursive: true, force: true })
  mkdirSync(join(home(userDir), id), { recursive: true })
  renameSync(files, dir)
  writeManifest(userDir, model)
  return model
}

/** Forgets a model. Files that Blindfold fetched or built go with it; a folder that was registered where it lies stays as it is. */
export function removeModel(userDir: string, id: string): void {
  findModel(userDir, id)
  rmSync(join(home(userDir), id), { recursive: true, force: true })
}

async function modelOf(id: string, dir: string, card: ModelCard, source: Source, signal?: AbortSignal, at = dir): Promise<Model> {
  const [text = ''] = filesOf(card)
  const hash = createHash('sha256')
  await pipeline(createReadStream(join(at, text)), hash, signal ? { signal } : {}).catch((error: unknown) => {
    signal?.throwIfAborted()
    throw error
  })
  return { ...card, id, dir, source, hash: hash.digest('hex'), bytes: bytesOf(at, card), addedAt: new Date().toISOString(), problem: null }
}

/** Weights may lie in files beside the graph, named after it. */
function bytesOf(dir: string, card: ModelCard): number {
  return filesOf(card)
    .flatMap((file) => [file, `${file}_data`, `${file}.data`])
    .reduce((sum, file) => sum + (statSync(join(dir, file), { throwIfNoEntry: false })?.size ?? 0), 0)
}

function problemOf(model: Model): string | null {
  const gone = filesOf(model).find((file) => !existsSync(join(model.dir, file)))
  if (gone) return `${gone} is missing from its folder.`
  return bytesOf(model.dir, model) === model.bytes ? null : 'Its files were changed after it was registered.'
}

/** `all-minilm-l6-v2`, or with a number where that is taken. */
function freeId(userDir: string, name: string): string {
  const slug =
    name
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-+|-+$/g, '')
      .slice(0, 60) || 'model'
  for (let n = 1; ; n++) {
    const id = n === 1 ? slug : `${slug}-${n}`
    // `tiny` is what Blindfold brings along, `partial` where downloads lie.
    if (id !== 'tiny' && id !== 'partial' && !existsSync(join(home(userDir), id))) return id
  }
}

function readManifest(folder: string): Model | null {
  try {
    return modelSchema.parse(JSON.parse(readFileSync(join(folder, MANIFEST), 'utf8')))
  } catch {
    return null
  }
}

function writeManifest(userDir: string, model: Model): void {
  replaceFileSync(join(home(userDir), model.id, MANIFEST), `${JSON.stringify(model, null, 2)}\n`)
}
