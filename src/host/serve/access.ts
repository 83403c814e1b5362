import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { SessionKey } from './key.ts'

/** Names under which a browser may reach a server that listens on this machine only (or through an SSH tunnel to it). */
const LOCAL_NAMES = new Set(['127.0.0.1', 'localhost', '[::1]'])

const DAY = 24 * 60 * 60
/** Seconds after which a session ends that no page was opened with. */
const SESSION = 7 * DAY

/** Why a request is turned away: the HTTP status and a line for whoever reads it. */
export type Refusal = { status: 400 | 401 | 403 | 414 | 503; message: string }

/**
 * Who may talk to the server. Three locks, each against another attacker: token and session against other users and
 * programs of the machine, `Host` against a foreign name that resolves to 127.0.0.1 (DNS rebinding), `Origin` against
 * other pages in the same browser.
 *
 * The token stands in the address that the server prints, and is good until the server ends. It is exchanged for a
 * session, a cookie that names its end and is signed with the user's key for this port: the server keeps no list, and
 * knows it again after a restart on the same port.
 */
export class Access {
  readonly #key: SessionKey
  readonly #port: number
  #token: string
  /** Bound to key and port: cookies do not tell ports apart, and servers of several users or machines may run side by side. */
  #cookieName: string

  constructor(key: SessionKey, port: number, token: string = newToken()) {
    this.#key = key
    this.#port = port
    this.#token = token
    this.#cookieName = this.#newCookieName()
  }

  get token(): string {
    return this.#token
  }

  /** After the key was replaced: the address printed before lets nobody in any more, as the sessions do. */
  renew(): void {
    this.#token = newToken()
    this.#cookieName = this.#newCookieName()
  }

  isToken(candidate: string): boolean {
    return equal(candidate, this.#token)
  }

  /** The value of `Set-Cookie` that lets this browser in, until it is closed or for a week after the last visit. */
  cookie(now = Date.now()): string {
    const end = Math.floor(now / 1000) + SESSION
    return `${this.#cookieName}=${end}.${this.#signature(end)}; HttpOnly; SameSite=Strict; Path=/`
  }

  /** Seconds that the request's session is still good for; null if it has none. */
  session(request: IncomingMessage, now = Date.now()): number | null {
    const wanted = `${this.#cookieName}=`
    for (const part of (request.headers.cookie ?? '').split(';')) {
      const cookie = part.trim()
      if (!cookie.startsWith(wanted)) continue
      const [, digits, signature] = cookie.slice(wanted.length).match(/^(\d{1,12})\.([\w-]{43})$/) ?? []
      if (!digits || !signature || !equal(signature, this.#signature(Number(digits)))) continue
      const left = Number(digits) - now / 1000
      if (left > 0) return left
    }
    return null
  }

  /** A session is renewed once a day. */
  isOld(secondsLeft: number): boolean {
    return secondsLeft < SESSION - DAY
  }

  /** Checks `Host`, and `Origin` where it is sent or must be. Null where both are in order. */
  checkOrigin(request: IncomingMessage, originRequired: boolean): Refusal | null {
    const host = request.headers.host ?? ''
    if (!LOCAL_NAMES.has(host.replace(/:\d+$/, '').toLowerCase())) {
      return { status: 403, message: 'This server answers to 127.0.0.1 and localhost only.' }
    }
    const origin = request.headers.origin
    if (origin === undefined ? originRequired : origin !== `http://${host}`) {
      return { status: 403, message: 'Requests from other pages are refused.' }
    }
    const site = request.headers['sec-fetch-site']
    if (originRequired && site !== undefined && site !== 'same-origin') {
      return { status: 403, message: 'Requests from other pages are refused.' }
    }
    return null
  }

  #newCookieName(): string {
    return `blindfold-${this.#key.sign(`name\n${this.#port}`).slice(0, 12)}`
  }

  #signature(end: number): string {
    return this.#key.sign(`session\n${this.#port}\n${end}`)
  }
}

const newToken = (): string => randomBytes(32).toString('base64url')

/** Takes as long for every guess. */
const equal = (a: string, b: string): boolean => timingSafeEqual(sha256(a), sha256(b))

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest()
