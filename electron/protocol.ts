import { readFile, realpath } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { protocol } from 'electron'
import { imageType } from '../src/core/image-type.ts'
import { assetAt, imageHeaders, pageHeaders } from '../src/core/page-policy.ts'
import { imageFile, thumbnailFile } from '../src/node/project-folder.ts'
import { readText } from './texts.ts'

/** The interface's origin; the window never leaves it. */
export const APP_ORIGIN = 'app://blindfold'

/** Texts that come with the app: another origin than the interface, so that no page of theirs is heard by the shell. */
export const TEXT_ORIGIN = 'app://texts'

/** Must run before the app is ready. */
export function declareSchemes(): void {
  protocol.registerSchemesAsPrivileged([
    { scheme: 'app', privileges: { standard: true, secure: true, supportFetchAPI: true } },
    { scheme: 'media', privileges: { standard: true, secure: true } },
  ])
}

/**
 * `app://blindfold/PATH` is the built interface, `app://texts/NAME` one of a few texts, `media://image/HASH` an image of the open project and
 * `media://thumbnail/HASH` the same in small, once that is made. All check the path before the file system sees it, and once
 * more where symbolic links led.
 */
export function serveSchemes({ assets, texts }: { assets: string; texts: string }, projectPath: () => string | null): void {
  protocol.handle('app', async (request) => {
    const url = new URL(request.url)
    if (url.host === 'texts') {
      const text = await readText(texts, url.pathname.slice(1))
      return respond(200, text ?? 'This build does not contain this text.', { ...pageHeaders(), 'Content-Type': 'text/plain; charset=utf-8' })
    }
    const asset = url.host === 'blindfold' ? assetAt(decoded(url.pathname)) : null
    const body = asset && (await readInside(assets, asset.segments))
    return body ? respond(200, body, { ...pageHeaders(['media:']), ...asset.headers }) : notFound()
  })
  protocol.handle('media', async (request) => {
    const url = new URL(request.url)
    const project = projectPath()
    const hash = decoded(url.pathname).slice(1)
    const small = url.host === 'thumbnail'
    if (!project || (url.host !== 'image' && !small)) return notFound()
    const thumbnail = small ? await readOwn(() => thumbnailFile(project, hash)) : null
    const body = thumbnail ?? (await readOwn(() => imageFile(project, hash)))
    const type = body && imageType(body.subarray(0, 16))
    return type ? respond(200, body, imageHeaders(type, { standsIn: small && thumbnail === null })) : notFound()
  })
}

function respond(status: number, body: Buffer | string, headers: Record<string, string>): Response {
  return new Response(typeof body === 'string' ? body : new Uint8Array(body), { status, headers })
}

const notFound = (): Response => respond(404, 'There is nothing here.', { ...pageHeaders(), 'Content-Type': 'text/plain' })

/** The path with its escapes resolved once; what cannot be resolved matches nothing. */
function decoded(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return ''
  }
}

/** A file of the project, whose path is refused where a link or a pipe lies there. */
async function readOwn(path: () => string): Promise<Buffer | null> {
  try {
    return await readFile(path())
  } catch {
    return null
  }
}

async function readInside(root: string, segments: string[]): Promise<Buffer | null> {
  try {
    const [base, file] = await Promise.all([realpath(root), realpath(join(root, ...segments))])
    return file.startsWith(base + sep) ? await readFile(file) : null
  } catch {
    return null
  }
}
