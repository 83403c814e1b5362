import { realpath } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { ImageFetcher } from './fetch.ts'
import type { ImageReference } from '../format.ts'
import { ImageIndex } from './image-index.ts'
import { readingsOf } from './image-names.ts'
import { ImageFault, inlineBytes, MissingImage, readImageFile, shortName } from './images.ts'
import { isAbsent, readError } from '../read-error.ts'

/** No path or address is longer, in UTF-16 units; a record that has more there holds something else. */
const MAX_REFERENCE = 8192

/** Where images may come from. */
export type ImagePlaces = {
  /** Folder that paths start from. */
  imagesDir: string
  /** Whether a person chose that folder for these images: then addresses on the web are looked for in it first. */
  chosen?: boolean
  /** Folder of the data file; null where there is none. */
  dataDir: string | null
  /** Hosts on the web that the user agreed to. */
  fetchHosts: readonly string[]
  signal: AbortSignal
}

/** Several files fit the name equally well. */
class AmbiguousImage extends MissingImage {}

/** An image found: a file of this machine, an address on the web, or bytes that the record holds itself. */
export type Located = { kind: 'file'; file: string } | { kind: 'web'; url: string } | { kind: 'inline' }

/**
 * Finds and reads images that records name. Files are read only inside the image folder and the folder of the data file,
 * wherever links may lead: a data file is another's text, and what it names is copied into the project. Who wants images
 * from elsewhere chooses their folder, and agrees by that.
 */
export class ImageSource {
  readonly #places: ImagePlaces
  readonly #index: ImageIndex
  readonly #fetcher: ImageFetcher
  #roots: Promise<string[]> | null = null

  constructor(places: ImagePlaces) {
    this.#places = places
    this.#index = new ImageIndex(places.imagesDir)
    this.#fetcher = new ImageFetcher(places.fetchHosts, places.signal)
  }

  /** @throws MissingImage with the reason; ImageFault where the name cannot be one */
  async locate(reference: ImageReference): Promise<Located> {
    if (reference.kind !== 'text') return { kind: 'inline' }
    const { text } = reference
    if (text.includes('\0')) throw new ImageFault('unreadable-image', 'The name of the image contains a NUL character.')
    // One letter is a drive of Windows.
    const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(text)?.[1]?.toLowerCase()
    if (scheme === 'data') return { kind: 'inline' }
    // A missing image is remembered by its name, which must not be of any length.
    if (text.length > MAX_REFERENCE)
      throw new ImageFault('unreadable-image', `The name of the image has ${text.length} characters; at most ${MAX_REFERENCE} are allowed.`)
    if (scheme === 'http' || scheme === 'https') return this.#address(text)
    return { kind: 'file', file: await this.#file(scheme === 'file' ? localPath(text) : text, text) }
  }

  /** @throws MissingImage, ImageFault; the signal's reason when aborted */
  async read(reference: ImageReference, located: Located): Promise<Buffer> {
    if (located.kind === 'inline') return inlineBytes(reference)
    if (located.kind === 'web') return this.#fetcher.fetch(located.url)
    return readImageFile(located.file, reference.kind === 'text' ? reference.text : located.file)
  }

  /** The file in the chosen folder that agrees with the end of the address, or else the address itself. */
  async #address(url: string): Promise<Located> {
    const { chosen = false, fetchHosts } = this.#places
    if (!chosen) return { kind: 'web', url }
    try {
      return { kind: 'file', file: await this.#file(url, url) }
    } catch (error) {
      if (!(error instanceof MissingImage)) throw error
      const host = URL.parse(url)?.host
      if (error instanceof AmbiguousImage && !fetchHosts.some((each) => each.toLowerCase() === host)) throw error
      return { kind: 'web', url }
    }
  }

  async #file(name: string, text: string): Promise<string> {
    const { imagesDir, dataDir } = this.#places
    const roots = await (this.#roots ??= this.#realRoots())
    // Looking for a file on another machine already tells that machine who looks.
    if (isRemote(name) && !roots.some((root) => isInside(path.normalize(name), root))) {
      throw new MissingImage(text, `${shortName(name)} is on another machine. Choose a folder there as the images folder.`)
    }
    const names = [name, ...readingsOf(name)]
    const starts = names.flatMap((each) =>
      path.isAbsolute(each) ? [each] : [imagesDir, dataDir].flatMap((folder) => (folder === null ? [] : [path.resolve(folder, each)])),
    )
    let outside: string | null = null
    for (const start of new Set(starts)) {
      const real = await realOf(start)
      if (real === null) continue
      if (roots.some((root) => isInside(real, root))) return real
      outside ??= real
    }
    const found = await this.#index.find(names)
    if (found && 'file' in found) return found.file
    if (found) {
      const others = found.total > found.among.length ? ` and ${found.total - found.among.length} more` : ''
      throw new AmbiguousImage(
        text,
        `${found.total} files in ${imagesDir} match ${shortName(name)} equally well: ${found.among.map(shortName).join(', ')}${others}. None was used.`,
      )
    }
    if (outside !== null) {
      const folder = shortName(path.dirname(outside))
      throw new MissingImage(
        text,
        `${shortName(name)} is outside the images folder. Choose ${folder} or a parent folder as the images folder.`,
      )
    }
    throw new MissingImage(text, `File ${shortName(name)} not found in ${imagesDir}.`)
  }

  async #realRoots(): Promise<string[]> {
    const { imagesDir, dataDir } = this.#places
    const found = await Promise.all([imagesDir, dataDir].map((folder) => (folder === null ? null : realOf(folder))))
    return found.filter((root) => root !== null)
  }
}

/** Where a path leads; null where there is no such file. @throws BlindfoldError FILE_UNREADABLE where the system does not say */
async function realOf(file: string): Promise<string | null> {
  try {
    return await realpath(file)
  } catch (error) {
    if (isAbsent(error)) return null
    throw readError(error, file)
  }
}

/** Whether Windows would ask another machine for it, or a device: `\\machine\share\a.png`. */
export const isRemote = (name: string, platform: NodeJS.Platform = process.platform): boolean =>
  platform === 'win32' && /^[\\/]{2}/.test(name)

function isInside(file: string, root: string): boolean {
  const relative = path.relative(root, file)
  return relative !== '' && relative !== '..' && !relative.startsWith(`..${path.sep}`) && !path.isAbsolute(relative)
}

/** @throws ImageFault for a file: URL of another machine */
function localPath(url: string): string {
  try {
    return fileURLToPath(url)
  } catch {
    throw new ImageFault('unreadable-image', `${shortName(url)} is not a file of this machine.`)
  }
}
