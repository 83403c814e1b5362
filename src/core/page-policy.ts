/**
 * The headers of every page and asset, whichever way it is delivered. No `unsafe-*`: a dataset is untrusted text, and
 * should a piece of it ever reach the page as markup, nothing in it may run.
 *
 * @param imageSources where images may come from besides the page's own origin
 */
export function pageHeaders(imageSources: readonly string[] = []): Record<string, string> {
  return {
    'Content-Security-Policy': [
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      ["img-src 'self' data:", ...imageSources].join(' '),
      "font-src 'self'",
      "connect-src 'self'",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
      "require-trusted-types-for 'script'",
      "trusted-types 'none'",
    ].join('; '),
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'no-referrer',
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Permissions-Policy': 'camera=(), microphone=(), geolocation=(), usb=(), serial=(), hid=()',
  }
}

/**
 * The headers of an image from a dataset: shown as the sniffed type or not at all, and inert when opened by itself.
 *
 * @param options.standsIn it is sent in place of a thumbnail, which may be made any moment
 */
export function imageHeaders(type: string, { standsIn = false } = {}): Record<string, string> {
  return {
    'Content-Type': type,
    'Content-Security-Policy': "default-src 'none'; sandbox",
    'Content-Disposition': 'inline',
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'no-referrer',
    'Cache-Control': standsIn ? 'private, max-age=60' : 'private, max-age=31536000, immutable',
  }
}

/**
 * An asset of the interface by its URL path: where it lies under the interface's folder, as path segments, and how it is
 * sent. Null for every path that the build does not make: no `..`, no hidden files, no unknown endings.
 *
 * @param path the decoded path of the URL; `/` is the page itself
 */
export function assetAt(path: string): { segments: string[]; headers: Record<string, string> } | null {
  const name = path === '/' ? '/index.html' : path
  const type = ASSET_TYPES[name.slice(name.lastIndexOf('.') + 1)]
  if (!type || !/^(\/[A-Za-z0-9_-][A-Za-z0-9._-]*)+$/.test(name)) return null
  // The build names assets by their content; the page itself keeps its name.
  const caching = name.startsWith('/assets/') ? 'private, max-age=31536000, immutable' : 'no-cache'
  return { segments: name.slice(1).split('/'), headers: { 'Content-Type': type, 'Cache-Control': caching } }
}

const ASSET_TYPES: Record<string, string> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
  png: 'image/png',
  ico: 'image/x-icon',
  woff2: 'font/woff2',
  json: 'application/json; charset=utf-8',
}
