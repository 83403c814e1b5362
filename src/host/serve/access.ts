import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

/** Names under which a browser may reach a server that listens on this machine only (or through an SSH tunnel to it). */
const LOCAL_NAMES = new Set(['127.0.0.1', 'localhost', '[::1]'])

/** Why a request is turned away: the HTTP status and a line for whoever reads it. */
export type Refusal = { status: 400 | 401 | 403; message: string }

/**
 * Who may talk to the server. Three locks, each against another attacker: the token against other users and programs of
 * the machine, `Host` against a foreign name that resolves to 127.0.0.1 (DNS rebinding), `Origin` against other pages in
 * the same browser.
 */
export class Access {
  readonly token: string
  /** Bound to the token, for cookies do not tell ports apart and two servers may run side by side. */
  readonly cookieName: string

  constructor(token: string = randomBytes(32).toString('base64url')) {
    this.token = token
    this.cookieName = `blindfold-${sha256(token).toString('hex').slice(0, 12)}`
  }

  /** The value of `Set-Cookie` that lets this browser in. */
  cookie(): string {
    return `${this.cookieName}=${this.token}; HttpOnly; SameSite=Strict; Path=/`
  }

  isToken(candidate: string): boolean {
    return timingSafeEqual(sha256(candidate), sha256(this.token))
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

  /** Checks the cookie. */
  checkToken(request: IncomingMessage): Refusal | null {
    const wanted = `${this.cookieName}=`
    const cookies = (request.headers.cookie ?? '').split(';').map((part) => part.trim())
    const given = cookies.find((part) => part.startsWith(wanted))?.slice(wanted.length)
    if (given !== undefined && this.isToken(given)) return null
    return { status: 401, message: 'Open the address with the token that "blindfold serve" printed.' }
  }
}

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest()
