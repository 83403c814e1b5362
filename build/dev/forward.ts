import { request as ask, type IncomingMessage, type ServerResponse } from 'node:http'
import { connect } from 'node:net'
import type { Duplex } from 'node:stream'

// Requests go on as they came, `Host`, `Origin` and cookies included, so that the backend checks them too.

/** Lets the backend answer a request. */
export function forward(port: number, { method, url, headers }: IncomingMessage, response: ServerResponse): void {
  const asked = ask({ host: '127.0.0.1', port, method, path: url, headers, agent: false }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers)
    answer.pipe(response)
  })
  asked.on('error', () => response.destroy())
  response.on('close', () => asked.destroy())
  asked.end()
}

/** Lets a WebSocket talk to the backend; when either side goes, the other goes too. */
export function tunnel(port: number, { url, rawHeaders }: IncomingMessage, socket: Duplex, head: Buffer): void {
  const onward = connect({ host: '127.0.0.1', port })
  const lines = Array.from({ length: rawHeaders.length / 2 }, (_, i) => `${rawHeaders[2 * i]}: ${rawHeaders[2 * i + 1]}`)
  onward.write(`GET ${url} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`)
  onward.write(head)
  for (const [one, other] of [
    [socket, onward],
    [onward, socket],
  ] as const) {
    one.pipe(other)
    one.on('error', () => other.destroy())
    one.on('close', () => other.destroy())
  }
}
