import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { imageType, mediaSegments } from './image-type.ts'
import { assetAt, imageHeaders, pageHeaders } from './page-policy.ts'

const bytes = (text: string): Uint8Array => Uint8Array.from(text, (c) => c.charCodeAt(0))

describe('asset paths', () => {
  it('never leave the folder, whatever the address says', () => {
    const piece = fc.oneof(fc.constantFrom('..', '.', '', '/', '\\', '%2e', '\0', 'C:', 'a.js', 'assets'), fc.string({ maxLength: 6 }))
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 6 }), fc.constantFrom('', '.js', '.html', '.png'), (pieces, ending) => {
        const found = assetAt(`/${pieces.join('/')}${ending}`)
        for (const segment of found?.segments ?? []) expect(segment).toMatch(/^[A-Za-z0-9_-][A-Za-z0-9._-]*$/)
      }),
      { numRuns: 2000 },
    )
  })

  it('are the page, and the files that the build makes', () => {
    expect(assetAt('/')?.segments).toEqual(['index.html'])
    expect(assetAt('/assets/index-DD2WV-dP.css')).toMatchObject({
      segments: ['assets', 'index-DD2WV-dP.css'],
      headers: { 'Content-Type': 'text/css; charset=utf-8' },
    })
    for (const path of ['', 'index.html', '/index', '/a.exe', '/assets/', '/.js', '/constructor', '/__proto__'])
      expect(assetAt(path), path).toBeNull()
  })
})

describe('image types', () => {
  it('are told by the first bytes, and scripts are never one', () => {
    expect(imageType(Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13))).toBe('image/png')
    expect(imageType(Uint8Array.of(0xff, 0xd8, 0xff, 0xe0))).toBe('image/jpeg')
    expect(imageType(bytes('GIF89a..'))).toBe('image/gif')
    expect(imageType(bytes('RIFF....WEBPVP8 '))).toBe('image/webp')
    expect(imageType(bytes('....ftypavif'))).toBe('image/avif')
    expect(imageType(bytes('BM....\0\0\0\0'))).toBe('image/bmp')
    for (const text of [
      '',
      '<svg xmlns="http://www.w3.org/2000/svg">',
      '<?xml version="1.0"?><svg/>',
      '<html>',
      'RIFF....WAVEfmt ',
      'BMx is text',
      '%PDF-1.7',
    ]) {
      expect(imageType(bytes(text)), text).toBeNull()
    }
  })

  it('lie where their hash says', () => {
    const hash = `ab${'0'.repeat(62)}`
    expect(mediaSegments(hash)).toEqual(['media', 'ab', hash])
    fc.assert(fc.property(fc.string(), (text) => mediaSegments(text) === null))
    for (const wrong of [hash.toUpperCase(), `${hash}0`, hash.slice(1), ` ${hash}`, `${hash}\n`]) expect(mediaSegments(wrong)).toBeNull()
  })
})

describe('headers', () => {
  it('allow nothing unsafe', () => {
    for (const headers of [pageHeaders(), pageHeaders(['media:']), imageHeaders('image/png')]) {
      const policy = headers['Content-Security-Policy']!
      expect(policy).toContain("default-src 'none'")
      expect(policy).not.toMatch(/unsafe|\*|https?:/)
      expect(headers['X-Content-Type-Options']).toBe('nosniff')
    }
  })
})
