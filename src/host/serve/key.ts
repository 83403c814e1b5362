import { createHmac, randomBytes, randomUUID } from 'node:crypto'
import {
  closeSync,
  constants,
  fstatSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  unwatchFile,
  watchFile,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { log, logError } from '../../core/log.ts'

const BYTES = 32
const LOOK_MS = 1000

/**
 * The secret with which sessions of browsers are signed. It lies in the folder of the user's own data, for that user only to
 * read, so that sessions outlive the server. To replace it ends all of them.
 */
export class SessionKey {
  readonly #file: string
  #secret: Buffer

  /** @param folder the user's own data; made if absent. Without a place to keep it, the key lives as long as the server. */
  constructor(folder: string) {
    this.#file = join(folder, 'serve.key')
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 })
      this.#secret = this.#read() ?? this.#create()
    } catch (error) {
      logError('Browsers have to sign in again after a restart, because the key of their sessions cannot be stored', error)
      this.#secret = randomBytes(BYTES)
    }
  }

  /** Signs a text. Texts of different kinds must begin differently. */
  sign(text: string): string {
    return createHmac('sha256', this.#secret).update(text).digest('base64url')
  }

  /** Draws a new secret: every session ends, also those of servers that are running. @throws the file system's error */
  replace(): void {
    const written = this.#write()
    renameSync(written, this.#file)
    this.#secret = this.#read() ?? this.#secret
  }

  /** Calls back within about a second after the secret was replaced, by whatever process. Returns the unsubscriber. */
  watch(onReplaced: () => void): () => void {
    const look = (): void => {
      try {
        const found = this.#read() ?? this.#create()
        if (found.equals(this.#secret)) return
        this.#secret = found
      } catch (error) {
        logError('The key of the browsers’ sessions cannot be read', error)
        return
      }
      onReplaced()
    }
    watchFile(this.#file, { interval: LOOK_MS, persistent: false }, look)
    return () => unwatchFile(this.#file, look)
  }

  /** Null if there is none that can be trusted. Links are not followed. */
  #read(): Buffer | null {
    let descriptor: number
    try {
      descriptor = openSync(this.#file, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0))
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'ENOENT') return null
      if (code === 'ELOOP') return this.#distrust('is a link')
      throw error
    }
    try {
      const found = fstatSync(descriptor)
      if (!found.isFile()) throw new Error(`${this.#file} is not a file.`)
      // Windows has no such modes: the folder's own access list holds there.
      if (process.getuid && found.uid !== process.getuid()) return this.#distrust('belongs to another user')
      if (process.getuid && (found.mode & 0o077) !== 0) return this.#distrust('could be read by other users')
      const secret = Buffer.from(readFileSync(descriptor, 'utf8'), 'base64url')
      return secret.length === BYTES ? secret : this.#distrust('is damaged')
    } finally {
      closeSync(descriptor)
    }
  }

  #distrust(why: string): null {
    log(`${this.#file} ${why}: it is replaced, and all browsers are signed out.`)
    rmSync(this.#file, { force: true })
    return null
  }

  /** Of two servers that start at once, one makes the key and the other finds it. */
  #create(): Buffer {
    const written = this.#write()
    try {
      linkSync(written, this.#file)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    } finally {
      rmSync(written, { force: true })
    }
    const secret = this.#read()
    if (!secret) throw new Error(`${this.#file} vanished.`)
    return secret
  }

  #write(): string {
    const file = `${this.#file}.${randomUUID()}`
    writeFileSync(file, randomBytes(BYTES).toString('base64url'), { mode: 0o600, flag: 'wx' })
    return file
  }
}
