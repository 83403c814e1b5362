import { expect, test } from '@playwright/test'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { inflateSync } from 'node:zlib'
import sharp from 'sharp'

// What the trainer sees, the browser shows: the pictures of trainer/tests/golden.py as an <img> with the interface's own styles.

type Seen = { file: string; width: number; height: number; tolerance: number; rgb: string }
const file = (name: string): string => fileURLToPath(new URL(`../${name}`, import.meta.url))
const { pictures } = JSON.parse(readFileSync(file('fixtures/golden/pictures/seen.json'), 'utf8')) as { pictures: Seen[] }
const styles = ['tokens', 'base'].map((name) => readFileSync(file(`../renderer/ui/${name}.css`), 'utf8')).join('\n')
const TYPES: Record<string, string> = { png: 'png', jpg: 'jpeg', webp: 'webp', gif: 'gif', bmp: 'bmp', avif: 'avif' }

for (const colorScheme of ['light', 'dark'] as const) {
  test(`pictures are shown as the trainer sees them, ${colorScheme}`, async ({ browser }) => {
    const page = await browser.newPage({ colorScheme, deviceScaleFactor: 1 })
    await page.setContent(`<html data-theme="${colorScheme}"><style>${styles}</style><body></body></html>`)
    for (const seen of pictures) {
      const type = TYPES[seen.file.split('.').at(-1) ?? '']
      const url = `data:image/${type};base64,${readFileSync(file(`fixtures/golden/pictures/${seen.file}`)).toString('base64')}`
      await page.evaluate(async (src) => {
        document.body.replaceChildren(Object.assign(new Image(), { src, style: 'position: absolute; top: 0; left: 0' }))
        await document.querySelector('img')?.decode()
      }, url)
      const box = await page.locator('img').boundingBox()
      expect([box?.width, box?.height], seen.file).toEqual([seen.width, seen.height])
      const shot = await page.screenshot({ clip: { x: 0, y: 0, width: seen.width, height: seen.height } })
      const shown = await sharp(shot).removeAlpha().raw().toBuffer()
      const wanted = inflateSync(Buffer.from(seen.rgb, 'base64'))
      const furthest = shown.reduce((most, value, i) => Math.max(most, Math.abs(value - (wanted[i] ?? NaN))), 0)
      // Blending in the browser rounds once more.
      expect(furthest, seen.file).toBeLessThanOrEqual(seen.tolerance + 1)
    }
    await page.close()
  })
}
