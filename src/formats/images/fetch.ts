import { setTimeout as pause } from 'node:timers/promises'
import { MAX_IMAGE_BYTES, MissingImage } from './images.ts'
import { codeOf, readError } from '../read-error.ts'

/** How images are fetched; tests make it quicker. */
export type FetchLimits = {
  /** A whole answer must be there by then. */
  timeoutMs: number
  tries: number
  /** Before the second try; twice as long before the third. */
  backOffMs: number
  /** Longest wait that a server may ask for with Retry-After. */
  longestWaitMs: number
  /** Between the starts of two requests to one host. */
  pauseMs: number
  /** At once to one host. */
  atOnce: number
  redirects: number
  /** After so many requests in a row without an answer a host is not asked any more. */
  silence: number
}

const LIMITS: FetchLimits = {
  timeoutMs: 30_000,
  tries: 3,
  backOffMs: 500,
  longestWaitMs: 30_000,
  pauseMs: 50,
  atOnce: 2,
  redirects: 5,
  silence: 10,
}

type Host = { running: number; next: number; waiting: (() => void)[]; unanswered: number }

/** Worth another try: the server is busy or out of order, or the network failed. */
class Passing extends Error {
  readonly waitMs: number | null

  constructor(message: string, waitMs: number | null = null) {
    super(message)
    this.waitMs = waitMs
  }
}

/**
 * Fetches images from the hosts that the user agreed to, and from no other, by redirection neither. Sends no cookies and
 * nothing about the user; a few requests at a time, with pauses, for the servers are other people's.
 */
export class ImageFetcher {
  readonly #allowed: ReadonlySet<string>
  readonly #signal: AbortSignal
  readonly #limits: FetchLimits
  readonly #hosts = new Map<string, Host>()

  /** @param hosts names as in an address, with the port where it is not the usual one */
  constructor(hosts: readonly string[], signal: AbortSignal, limits: Partial<FetchLimits> = {}) {
    this.#allowed = new Set(hosts.map((host) => host.toLowerCase()))
    this.#signal = signal
    this.#limits = { ...LIMITS, ...limits }
  }

  /**
   * The bytes at an http or https address.
   *
   * @throws MissingImage with the reason; the signal's reason when aborted
   */
  async fetch(address: string): Promise<Buffer> {
    const { tries, backOffMs, longestWaitMs } = this.#limits
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#follow(address)
      } catch (error) {
        this.#signal.throwIfAborted()
        if (!(error instanceof Passing)) throw error
        if (attempt === tries) throw new MissingImage(address, `The download failed after ${tries} attempts: ${error.message}.`)
        const wait = error.waitMs ?? backOffMs * 2 ** (attempt - 1)
        if (wait > longestWaitMs) throw new MissingImage(address, `The server asks Blindfold to wait ${Math.round(wait / 1000)} s.`)
        await pause(wait, undefined, { signal: this.#signal })
      }
    }
  }

  async #follow(address: string): Promise<Buffer> {
    let url = this.#agreed(address, address)
    for (let hops = 0; hops <= this.#limits.redirects; hops++) {
      const answer = await this.#inTurn(url, address)
      if (Buffer.isBuffer(answer)) return answer
      // What is no address leads nowhere: the server's own words are another's text.
      url = this.#agreed(URL.parse(answer.location, url)?.href ?? answer.location, address)
    }
    throw new MissingImage(address, `The address redirects more than ${this.#limits.redirects} times.`)
  }

  #agreed(target: string, address: string): URL {
    const url = URL.parse(target)
    if (!url || (url.protocol !== 'http:' && url.protocol !== 'https:')) throw new MissingImage(address, 'It is not a web address.')
    if (url.username !== '' || url.password !== '') throw new MissingImage(address, 'The address contains a user name or password.')
    if (!this.#allowed.has(url.host)) {
      const leads = target === address ? '' : `The address redirects to ${url.host}. `
      throw new MissingImage(address, `${leads}Downloads from ${url.host} are not allowed.`)
    }
    return url
  }

  /** Waits for a place at the host. */
  async #inTurn(url: URL, address: string): Promise<Buffer | { location: string }> {
    const host = this.#hosts.get(url.host) ?? { running: 0, next: 0, waiting: [], unanswered: 0 }
    this.#hosts.set(url.host, host)
    if (host.running >= this.#limits.atOnce) await new Promise<void>((resolve) => host.waiting.push(resolve))
    else host.running++
    try {
      if (host.unanswered >= this.#limits.silence)
        throw new MissingImage(address, `${url.host} does not respond, so Blindfold stopped asking it.`)
      const now = Date.now()
      const start = Math.max(now, host.next)
      host.next = start + this.#limits.pauseMs
      if (start > now) await pause(start - now, undefined, { signal: this.#signal })
      return await this.#ask(url, address, host)
    } finally {
      const next = host.waiting.shift()
      if (next) next()
      else host.running--
    }
  }

  async #ask(url: URL, address: string, host: Host): Promise<Buffer | { location: string }> {
    const { timeoutMs } = this.#limits
    const signal = AbortSignal.any([this.#signal, AbortSignal.timeout(timeoutMs)])
    try {
      const response = await fetch(url, { redirect: 'manual', signal, headers: { accept: 'image/*' } })
      host.unanswered = 0
      const { status } = response
      const location = response.headers.get('location')
      if (status >= 300 && status < 400 && location !== null) {
        await response.body?.cancel()
        return { location }
      }
      if (status === 429 || status >= 500) {
        await response.body?.cancel()
        throw new Passing(`the server answered ${status}`, retryAfter(response.headers.get('retry-after')))
      }
      if (status !== 200) {
        await response.body?.cancel()
        throw new MissingImage(address, `The server answered ${status}.`)
      }
      return await body(response, address)
    } catch (error) {
      if (error instanceof Passing || error instanceof MissingImage) throw error
      if (this.#signal.aborted) throw this.#signal.reason
      // A shortage of this machine says nothing of the host.
      const cause = codeOf(error) === null ? (error as Error).cause : error
      if (SHORTAGES.has(codeOf(cause) ?? '')) throw readError(cause, address)
      host.unanswered++
      throw new Passing(signal.aborted ? `no complete response within ${timeoutMs / 1000} s` : causeOf(error))
    }
  }
}

/** The whole answer, unpacked as far as the limit. */
async function body(response: Response, address: string): Promise<Buffer> {
  const tooLarge = () => new MissingImage(address, `At most ${MAX_IMAGE_BYTES} bytes per image; this one has more.`)
  const parts: Uint8Array[] = []
  let length = 0
  if (Number(response.headers.get('content-length') ?? 0) > MAX_IMAGE_BYTES) {
    await response.body?.cancel()
    throw tooLarge()
  }
  // Leaving the loop early cancels the answer.
  for await (const part of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    length += part.length
    if (length > MAX_IMAGE_BYTES) throw tooLarge()
    parts.push(part)
  }
  return Buffer.concat(parts)
}

/** Milliseconds that a Retry-After header asks for, in seconds or as a date; null where it says nothing. */
function retryAfter(header: string | null): number | null {
  if (header === null) return null
  const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now()
  return Number.isNaN(ms) ? null : Math.max(0, ms)
}

const SHORTAGES = new Set(['EMFILE', 'ENFILE', 'ENOMEM', 'ENOBUFS'])

function causeOf(error: unknown): string {
  const { message, cause } = error as Error
  const inner = cause instanceof Error ? ((cause as NodeJS.ErrnoException).code ?? cause.message) : null
  return inner ?? message
}
