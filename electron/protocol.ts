import { protocol } from 'electron'
import { pageHeaders } from '../src/core/page-policy.ts'
import { openImage, readAsset } from '../src/node/served-files.ts'
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
 * `media://thumbnail/HASH` its thumbnail, once that is made.
 */
export function serveSchemes({ assets, texts }: { assets: string; texts: string }, projectPath: () => string | null): void {
  protocol.handle('app', async (request) => {
    const url = new URL(request.url)
    if (url.host === 'texts') {
      const text = await readText(texts, url.pathname.slice(1))
      return respond(200, text ?? 'This build does not include this text.', {
        ...pageHeaders(),
        'Content-Type': 'text/plain; charset=utf-8',
      })
    }
    const asset = url.host === 'blindfold' ? readAsset(assets, decoded(url.pathname)) : null
    return asset ? respond(200, asset.body, { ...pageHeaders(['media:']), ...asset.headers }) : notFound()
  })
  protocol.handle('media', async (request) => {
    const url = new URL(request.url)
    const project = projectPath()
    const small = url.host === 'thumbnail'
    if (!project || (url.host !== 'image' && !small)) return notFound()
    const image = await openImage(project, decoded(url.pathname).slice(1), { small })
    if (!image) return notFound()
    const { body, headers } = image
    return body
      .readFile()
      .then((bytes) => respond(200, bytes, headers))
      .finally(() => body.close())
  })
}

function respond(status: number, body: Buffer | string, headers: Record<string, string>): Response {
  return new Response(typeof body === 'string' ? body : new Uint8Array(body), { status, headers })
}

const notFound = (): Response => respond(404, 'Page not found.', { ...pageHeaders(), 'Content-Type': 'text/plain' })

/** The path with its escapes resolved once; what cannot be resolved matches nothing. */
function decoded(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return ''
  }
}
