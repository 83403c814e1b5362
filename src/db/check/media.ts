import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { BlindfoldError } from '../../core/errors.ts'
import { mediaSegments, thumbnailSegments } from '../../core/image-type.ts'
import { imageFile, inside, projectLayout, thumbnailFile, UUID } from '../../node/project-folder.ts'
import { readImage } from '../backup/files.ts'
import { assignGroups } from '../pairs/groups.ts'
import { found, inTheMaking, type Found, type Place } from './finding.ts'
import { mendNames, mendStates } from './labels.ts'

/** What work that was stopped leaves in the media folder. */
const HALF_WRITTEN = new RegExp(`^(?:partial/${UUID}|thumbnails/[0-9a-f]{2}/(?:${UUID}\\.part|[0-9a-f]{64}\\.webp(?:\\.${UUID}\\.part)?))$`)
/** An image as Blindfold stores it. Files of other names are somebody's own. */
const IMAGE = /^[0-9a-f]{2}\/[0-9a-f]{64}$/

type MediaRow = { hash: string; bytes: number; thumbnail: number }

const pathOf = (segments: readonly string[] | null): string => (segments ?? ['media', 'unnamed']).join('/')

/** The images that the database names, against the files: there, of their size, and of their hash. */
export function checkImages(place: Place): Found[] {
  const { db, folder, trash, progress } = place
  // The files first: what comes in meanwhile is in the database then, or too young to be judged.
  const orphans = strayFiles(place)
  const rows = db.prepare('SELECT hash, bytes, thumbnail FROM media').all() as MediaRow[]
  const missing: string[] = []
  const damaged: string[] = []
  const resized: { hash: string; bytes: number }[] = []
  const bare: string[] = []
  for (const [i, { hash, bytes, thumbnail }] of rows.entries()) {
    if (i % 100 === 0) progress('Checking images', i, rows.length)
    const image = storedImage(folder, hash)
    if (!image) missing.push(hash)
    else if (image.hash !== hash) damaged.push(hash)
    else if (image.bytes !== bytes) resized.push({ hash, bytes: image.bytes })
    if (thumbnail === 1 && !existsSync(thumbnailFile(folder, hash))) bare.push(hash)
  }
  const unknown = db.prepare('SELECT DISTINCT hash FROM pair_images WHERE hash NOT IN (SELECT hash FROM media)').pluck().all() as string[]
  const incomplete = 'marks the images as missing, so you can find them in a folder'
  return [
    ...found(
      missing,
      { code: 'image-missing', what: 'Images of pairs are missing from the media folder.', repair: incomplete },
      String,
      () => lose(place, missing),
    ),
    ...found(
      damaged,
      {
        code: 'image-damaged',
        what: 'Image files do not match their hashes.',
        repair: `moves them to the backups folder and ${incomplete}`,
      },
      String,
      () => {
        for (const hash of damaged) trash.put(pathOf(mediaSegments(hash)))
        lose(place, damaged)
      },
    ),
    ...found(unknown, { code: 'image-unknown', what: 'Pairs show images that are not in the database.', repair: incomplete }, String, () =>
      lose(place, unknown),
    ),
    ...found(
      resized,
      {
        code: 'image-size',
        what: 'Image sizes in the database do not match the files.',
        repair: 'stores the sizes of the files',
      },
      ({ hash }) => hash,
      () => {
        const set = db.prepare('UPDATE media SET bytes = ? WHERE hash = ?')
        for (const { hash, bytes } of resized) set.run(bytes, hash)
      },
    ),
    ...found(bare, { code: 'thumbnail-missing', what: 'Thumbnails are missing.', repair: 'creates them again' }, String, () => {
      const set = db.prepare('UPDATE media SET thumbnail = 0 WHERE hash = ?')
      for (const hash of bare) set.run(hash)
    }),
    ...orphans,
  ]
}

/** Pairs that show these images lack them from here on. The name is the file's place in a media folder, where a heal looks. */
function lose({ db, folder }: Place, hashes: readonly string[]): void {
  const shownBy = db.prepare('SELECT DISTINCT pair_id FROM pair_images WHERE hash = ?').pluck()
  const remember = db.prepare(
    `INSERT OR IGNORE INTO missing_images (pair_id, position, reference, reason)
     SELECT pair_id, position, ?, 'The image file was lost from the project or damaged.' FROM pair_images WHERE hash = ?`,
  )
  const unlink = db.prepare('DELETE FROM pair_images WHERE hash = ?')
  const forget = db.prepare('DELETE FROM media WHERE hash = ?')
  const ungroup = db.prepare('UPDATE pair_state SET group_id = NULL WHERE pair_id = ?')
  const pairs = new Set<number>()
  for (const hash of hashes) {
    for (const pairId of shownBy.all(hash) as number[]) pairs.add(pairId)
    remember.run(`${hash.slice(0, 2)}/${hash}`, hash)
    unlink.run(hash)
    forget.run(hash)
    rmSync(thumbnailFile(folder, hash), { force: true })
  }
  for (const pairId of pairs) ungroup.run(pairId)
  mendStates(db, pairs)
  mendNames(db, pairs)
  assignGroups(db)
}

/** Files in the media folder of which the database knows nothing. */
function strayFiles(place: Place): Found[] {
  const { db, folder, trash } = place
  const isKnown = db.prepare('SELECT 1 FROM media WHERE hash = ?')
  const hasThumbnail = db.prepare('SELECT 1 FROM media WHERE hash = ? AND thumbnail = 1')
  const orphans: string[] = []
  const leftovers: string[] = []
  const { media } = projectLayout(folder)
  for (const name of existsSync(media) ? filesIn(media) : []) {
    const [first = '', second = '', third = ''] = name.split('/')
    const path = `media/${name}`
    const known =
      first === 'thumbnails'
        ? pathOf(thumbnailSegments(third.replace(/\.webp$/, ''))) === path && hasThumbnail.get(third.slice(0, -5))
        : pathOf(mediaSegments(second)) === path && isKnown.get(second)
    if (known || inTheMaking(place, join(media, name))) continue
    if (HALF_WRITTEN.test(name)) leftovers.push(path)
    else if (IMAGE.test(name)) orphans.push(path)
  }
  return [
    ...found(
      orphans,
      { code: 'image-orphaned', what: 'Files in the media folder belong to no pair.', repair: 'moves them to the backups folder' },
      String,
      () => {
        for (const path of orphans) trash.put(path)
      },
    ),
    ...found(leftovers, { code: 'half-written', what: 'Incomplete files of interrupted work.', repair: 'deletes them' }, String, () => {
      for (const path of leftovers) rmSync(inside(folder, ...path.split('/')), { force: true })
    }),
  ]
}

/** All files below a folder, by their paths in it, with forward slashes. Links are neither files nor folders. */
function* filesIn(folder: string, path = ''): Generator<string, void, undefined> {
  for (const entry of readdirSync(join(folder, path), { withFileTypes: true })) {
    const below = path === '' ? entry.name : `${path}/${entry.name}`
    if (entry.isDirectory()) yield* filesIn(folder, below)
    else if (entry.isFile()) yield below
  }
}

/** Null where there is no file of that name, or one behind a link. */
function storedImage(folder: string, hash: string): ReturnType<typeof readImage> {
  try {
    return readImage(imageFile(folder, hash))
  } catch (error) {
    if (error instanceof BlindfoldError && error.code === 'PROJECT_UNSAFE') return null
    throw error
  }
}
