import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** The commit that `main` stands for. */
export const COMMIT = 'a'.repeat(40)
const PART = 65_536

const hashOf = (algorithm: 'sha1' | 'sha256', ...parts: (string | Buffer)[]): string =>
  parts.reduce((hash, part) => hash.update(part), createHash(algorithm)).digest('hex')

/** A model hub of our own, with the one repository `owner/name`, that answers as Hugging Face's does: the listing with blobs, files by commit, ranges. */
export class ModelHubServer {
  readonly files: Record<string, Buffer>
  readonly #server = createServer()
  /** Bytes of files that were handed out, what was asked for, and which ranges. */
  sent = 0
  asked: string[] = []
  ranges: string[] = []
  /** The listing names another checksum for the model than its file has. */
  wrong = false
  /** Bytes of a file after which the connection breaks, once; and how slowly bytes come. */
  breakAt = Infinity
  slow = false

  constructor(files: Record<string, Buffer>) {
    this.files = files
    this.#server.on('request', (request, response) => {
      const url = decodeURIComponent(request.url ?? '')
      this.asked.push(url)
      if (url === '/api/models/owner/name/revision/main?blobs=true' || url === `/api/models/owner/name/revision/${COMMIT}?blobs=true`)
        return void response.end(this.#listing())
      const data = this.files[url.replace(`/owner/name/resolve/${COMMIT}/`, '')]
      if (!data) return void response.writeHead(404).end()
      const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0)
      if (request.headers.range) this.ranges.push(request.headers.range)
      response.writeHead(from > 0 ? 206 : 200, from > 0 ? { 'content-range': `bytes ${from}-${data.length - 1}/${data.length}` } : {})
      void (async () => {
        for (let at = from; at < data.length; at += PART) {
          if (at >= this.breakAt) {
            this.breakAt = Infinity
            return response.destroy()
          }
          if (response.destroyed) return
          const part = data.subarray(at, at + PART)
          this.sent += part.length
          // What is only buffered here is lost when the connection breaks.
          if (!response.write(part)) await once(response, 'drain').catch(() => {})
          if (this.slow) await sleep(20)
        }
        response.end()
      })()
    })
  }

  /** Listens; gives what `HF_ENDPOINT` is to be. */
  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    if (this.#server.listening) await new Promise((resolve) => void this.#server.close(resolve))
  }

  #listing(): string {
    const siblings = Object.entries(this.files).map(([rfilename, data]) =>
      rfilename.endsWith('.onnx')
        ? {
            rfilename,
            size: data.length,
            blobId: 'b'.repeat(40),
            lfs: { sha256: this.wrong ? 'c'.repeat(64) : hashOf('sha256', data), size: data.length, pointerSize: 130 },
          }
        : { rfilename, size: data.length, blobId: hashOf('sha1', `blob ${data.length}\0`, data) },
    )
    return JSON.stringify({ sha: COMMIT, siblings: [...siblings, { rfilename: '../../evil.json', size: 3, blobId: 'd'.repeat(40) }] })
  }
}
