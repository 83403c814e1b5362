import { createHash, type Hash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, open, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { BlindfoldError } from '../core/errors.ts'

/** What a file must hash to: SHA-256, or git's own name of a blob, which hashes its length first. */
export type Checksum = { kind: 'sha256' | 'git'; hex: string }
export type RemoteFile = { url: string; bytes: number; checksum: Checksum | null; headers: Record<string, string> }

/** A connection that gives nothing for this long has died. */
const SILENCE_MS = 30_000
const TRIES = 4

/**
 * Fetches a file to `path`, which is complete and checked or absent. What an earlier try left in `path.part` is gone on
 * with; a connection that breaks is tried again three times. `onBytes` gets how much of the file there is.
 *
 * @throws BlindfoldError DOWNLOAD_FAILED, FILE_NOT_WRITABLE; the signal's reason, within a second
 */
export async function fetchFile(file: RemoteFile, path: string, onBytes: (bytes: number) => void, signal: AbortSignal): Promise<void> {
  const part = `${path}.part`
  await mkdir(dirname(path), { recursive: true })
  if ((await sizeOf(path)) === file.bytes && (await checks(path, file, signal))) return onBytes(file.bytes)
  let broken = 0
  for (;;) {
    signal.throwIfAborted()
    const before = await sizeOf(part)
    if (before > file.bytes) await rm(part, { force: true })
    else if (before === file.bytes && before > 0) break
    try {
      await fetchRest(file, part, onBytes, signal)
      break
    } catch (error) {
      signal.throwIfAborted()
      if (error instanceof BlindfoldError || (error as NodeJS.ErrnoException).syscall === 'write') throw told(error, file, part)
      // Something came in since: the line is slow, not dead.
      broken = (await sizeOf(part)) > before ? 1 : broken + 1
      if (broken >= TRIES) throw told(error, file, part)
      await pause(250 * 2 ** broken, signal)
    }
  }
  if (!(await checks(part, file, signal))) {
    await rm(part, { force: true })
    throw new BlindfoldError('DOWNLOAD_FAILED', `${nameOf(file)} is corrupt: its checksum does not match the server's.`, {
      file: path,
      remedy: 'Try again. If it fails again, something between this computer and the server changes files.',
    })
  }
  await rename(part, path)
  onBytes(file.bytes)
}

/** Asks for what is still missing and writes it behind what is there. */
async function fetchRest(file: RemoteFile, part: string, onBytes: (bytes: number) => void, signal: AbortSignal): Promise<void> {
  const have = await sizeOf(part)
  const silence = new AbortController()
  let timer = setTimeout(() => silence.abort(new Error('the server stopped responding')), SILENCE_MS)
  try {
    const headers = { ...file.headers, 'accept-encoding': 'identity', ...(have > 0 && { range: `bytes=${have}-` }) }
    const response = await fetch(file.url, { headers, signal: AbortSignal.any([signal, silence.signal]) })
    if (!response.ok) throw refusal(response, file)
    if (!response.body) throw new Error('the response is empty')
    // A server that does not know ranges sends the whole file again.
    const starts = response.status === 206 ? Number(/^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '')?.[1] ?? have) : 0
    if (starts !== have && starts !== 0) throw new Error('the server sent a different part than requested')
    const out = await open(part, starts === have && have > 0 ? 'a' : 'w')
    let written = starts
    try {
      for await (const chunk of response.body) {
        clearTimeout(timer)
        timer = setTimeout(() => silence.abort(new Error('the server stopped responding')), SILENCE_MS)
        if (written + chunk.length > file.bytes)
          throw new BlindfoldError('DOWNLOAD_FAILED', `${nameOf(file)} is longer than the server stated.`, { remedy: 'Try again later.' })
        await out.write(chunk)
        written += chunk.length
        onBytes(written)
      }
    } finally {
      await out.close()
    }
    if (written < file.bytes) throw new Error('the connection ended early')
  } finally {
    clearTimeout(timer)
  }
}

async function checks(path: string, { bytes, checksum }: RemoteFile, signal: AbortSignal): Promise<boolean> {
  if ((await sizeOf(path)) !== bytes) return false
  if (!checksum) return true
  const hash: Hash = createHash(checksum.kind === 'git' ? 'sha1' : 'sha256')
  if (checksum.kind === 'git') hash.update(`blob ${bytes}\0`)
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
    signal.throwIfAborted()
    hash.update(chunk as Buffer)
  }
  return hash.digest('hex') === checksum.hex
}

const sizeOf = (path: string): Promise<number> =>
  stat(path).then(
    ({ size }) => size,
    () => 0,
  )
const nameOf = ({ url }: RemoteFile): string => decodeURIComponent(new URL(url).pathname.split('/').at(-1) ?? url)

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer)
      reject(signal.reason as Error)
    }
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop)
      resolve()
    }, ms)
    signal.addEventListener('abort', stop, { once: true })
  })

/** What a refusing answer means to the person who asked. */
export function refusal(response: Response, { url }: { url: string }): BlindfoldError {
  const { host } = new URL(url)
  const says = response.headers.get('x-error-message')
  const because = `${host} responded with ${response.status}${says ? ` (${says.slice(0, 200)})` : ''}`
  if (response.status === 401 || response.status === 403) {
    return new BlindfoldError('DOWNLOAD_FAILED', `${because}: the model is private or gated, or does not exist.`, {
      remedy: 'Check the name; for a gated model, accept its terms on the Hub and set HF_TOKEN.',
    })
  }
  if (response.status === 404)
    return new BlindfoldError('DOWNLOAD_FAILED', `${because}: the model, revision or file does not exist.`, {
      remedy: 'Check the name (OWNER/NAME, as on the Hub) and the revision.',
    })
  if (response.status === 429)
    return new BlindfoldError('DOWNLOAD_FAILED', `${because}: too many requests.`, {
      remedy: 'Wait a few minutes, then try again. The downloaded part is kept.',
    })
  return new BlindfoldError('DOWNLOAD_FAILED', `${because}.`, { remedy: 'Try again later. The downloaded part is kept.' })
}

/** A failure in words: a disk that is full, or a network that is not there. */
export function told(error: unknown, { url }: { url: string }, path?: string): BlindfoldError {
  if (error instanceof BlindfoldError) return error
  const { code, message, cause } = error as NodeJS.ErrnoException & { cause?: unknown }
  const place = path === undefined ? {} : { file: path }
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return new BlindfoldError('FILE_NOT_WRITABLE', 'The disk is full.', {
      ...place,
      remedy: 'Free some space, then start the download again. It resumes where it stopped.',
    })
  if (code === 'EACCES' || code === 'EROFS' || code === 'EPERM')
    return new BlindfoldError('FILE_NOT_WRITABLE', `The file cannot be written (${code}).`, {
      ...place,
      remedy: "Make Blindfold's folder writable, or set BLINDFOLD_HOME to another.",
    })
  const deeper = cause instanceof Error ? cause : null
  const why = deeper ? ((deeper as NodeJS.ErrnoException).code ?? deeper.message) : message
  return new BlindfoldError('DOWNLOAD_FAILED', `${new URL(url).host} cannot be reached (${why}).`, {
    remedy:
      'Check the connection; for a mirror, set HF_ENDPOINT. The downloaded part is kept, and the next attempt continues from there. A model folder on this computer requires no network.',
  })
}
