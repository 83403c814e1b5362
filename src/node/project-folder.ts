import { existsSync, lstatSync, type Stats } from 'node:fs'
import path from 'node:path'
import { BlindfoldError } from '../core/errors.ts'
import { mediaSegments, thumbnailSegments } from '../core/image-type.ts'

/**
 * The one place where paths of a project are made. A project folder comes from strangers: its database may name folders
 * that lie elsewhere, and its files may be links. Every path made here lies in the folder and leads through no link.
 */

/** What Blindfold names its files: no separators, no leading dot, nothing that Windows takes for a device. */
const NAME = /^(?!(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$))[a-z0-9][\w.-]{0,199}$/i

/** A number that `randomUUID` gave, as a part of a pattern: what jobs, runs, scans and half-written images are named after. */
export const UUID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}'

/** Files of SQLite and of the lock, which are opened by their names alone. */
const FIXED = [
  'project.db',
  'project.db-wal',
  'project.db-shm',
  'project.db-journal',
  'project.db.new',
  'project.db.new-journal',
  'lock.db',
  'lock.db-journal',
  'lock.json',
  'lock.json.new',
]
const FOLDERS = ['media', 'runs', 'scans', 'logs', 'backups', 'cache'] as const

/** The folders of a project that hold one folder for each run or scan. */
type Kept = 'runs' | 'scans'

/**
 * A path below `root`, which is trusted itself. What lies there may be missing.
 *
 * @throws BlindfoldError PROJECT_UNSAFE for a name that Blindfold gives nothing, and where the path leads through a link
 *   or ends at something that is neither a file nor a folder
 */
export function inside(root: string, ...names: string[]): string {
  if (names.some((name) => !NAME.test(name) || name.endsWith('.'))) throw foreignName(root, names.join('/'))
  let at = root
  for (const [i, name] of names.entries()) {
    at = path.join(at, name)
    const facts = factsOf(at)
    if (!facts) break
    refuse(facts, i < names.length - 1, at)
  }
  return path.join(root, ...names)
}

/**
 * What lies where in a project folder.
 * @throws BlindfoldError PROJECT_UNSAFE where one of these is a link
 */
export function projectLayout(folder: string) {
  for (const name of FIXED) inside(folder, name)
  const [media, runs, scans, logs, backups, cache] = FOLDERS.map((name) => inside(folder, name)) as [
    string,
    string,
    string,
    string,
    string,
    string,
  ]
  return {
    database: path.join(folder, 'project.db'),
    lock: path.join(folder, 'lock.db'),
    holder: path.join(folder, 'lock.json'),
    media,
    runs,
    scans,
    logs,
    backups,
    /** What can be recomputed: readings of registered models. No part of a backup. */
    cache,
  }
}

/** Whether a folder looks like a project. What is in it, opening tells. */
export const holdsProject = (folder: string): boolean => existsSync(path.join(folder, 'project.db'))

/**
 * The folder of a run or a scan.
 * @param dir as the database names it: `runs/ID` or `scans/ID`
 * @throws BlindfoldError PROJECT_UNSAFE
 */
export function workFolder(folder: string, kept: Kept, dir: string): string {
  const [first, id = '', ...more] = dir.split('/')
  if (first !== kept || more.length > 0) throw foreignName(folder, dir)
  return inside(folder, kept, id)
}

/** Where a job's log lies, relative to the project folder, with forward slashes. */
export const logName = (jobId: string): string => `logs/${jobId}.log`

/** A job's log. @throws BlindfoldError PROJECT_UNSAFE */
export const logFile = (folder: string, jobId: string): string => inside(folder, 'logs', `${jobId}.log`)

/** An image of the project. @throws BlindfoldError PROJECT_UNSAFE also for what is no content hash */
export const imageFile = (folder: string, hash: string): string => inside(folder, ...hashed(folder, hash, mediaSegments(hash)))

/** The thumbnail of an image. @throws BlindfoldError as `imageFile` */
export const thumbnailFile = (folder: string, hash: string): string => inside(folder, ...hashed(folder, hash, thumbnailSegments(hash)))

/** Null where there is nothing, also where a file stands in place of a folder above. */
function factsOf(file: string): Stats | null {
  try {
    return lstatSync(file, { throwIfNoEntry: false }) ?? null
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOTDIR') return null
    throw error
  }
}

/** The error of a folder without a project. */
export const noProject = (folder: string): BlindfoldError =>
  new BlindfoldError('PROJECT_NOT_FOUND', 'This folder is not a Blindfold project: it has no project.db.', {
    remedy: 'Choose a folder that ends in .blindfold.',
    file: folder,
  })

function hashed(folder: string, hash: string, segments: string[] | null): string[] {
  if (segments) return segments
  throw foreignName(folder, hash)
}

function refuse(facts: Stats, folder: boolean, file: string): void {
  if (facts.isSymbolicLink()) {
    throw new BlindfoldError('PROJECT_UNSAFE', `“${path.basename(file)}” in this project is a link.`, {
      remedy: 'Blindfold does not follow links in a project, because they can lead anywhere. Replace the link with its target.',
      file,
    })
  }
  if (folder ? facts.isDirectory() : facts.isFile() || facts.isDirectory()) return
  throw new BlindfoldError(
    'PROJECT_UNSAFE',
    `“${path.basename(file)}” in this project is ${folder ? 'not a folder' : 'neither a file nor a folder'}.`,
    {
      remedy: 'Blindfold did not create it. Move it out of the project.',
      file,
    },
  )
}

function foreignName(root: string, name: string): BlindfoldError {
  return new BlindfoldError('PROJECT_UNSAFE', `The project names “${name.slice(0, 200)}” as one of its own files.`, {
    remedy: 'Blindfold does not use this name, so another program changed the project. Use a backup that you trust.',
    file: root,
  })
}
