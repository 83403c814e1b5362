export interface Size {
  width: number
  height: number
}
export interface Point {
  x: number
  y: number
}
/** Where an image lies in its box: the image's point p is shown at (x + p.x * scale, y + p.y * scale), in CSS pixels. */
export interface View extends Point {
  scale: number
}

/** Image pixels per CSS pixel beyond which single pixels are what one looks for: no smoothing from here on. */
export const PIXELATED_FROM = 3
const LARGEST = 32
/** How far below the fitting size one can zoom out. */
const SMALLEST_SHARE = 0.5

/** The whole image, centred, never enlarged beyond `most` times. */
export function fit(image: Size, box: Size, most = 4): View {
  const scale = Math.min(box.width / image.width, box.height / image.height, most)
  return { scale, x: (box.width - image.width * scale) / 2, y: (box.height - image.height * scale) / 2 }
}

/** Zooms by `factor` so that what lies under `at` stays there. */
export function zoomAt(view: View, factor: number, at: Point, image: Size, box: Size): View {
  const fitting = fit(image, box).scale
  const scale = Math.min(Math.max(view.scale * factor, fitting * SMALLEST_SHARE), Math.max(LARGEST, fitting))
  const ratio = scale / view.scale
  return clamp({ scale, x: at.x - (at.x - view.x) * ratio, y: at.y - (at.y - view.y) * ratio }, image, box)
}

export const pan = (view: View, dx: number, dy: number, image: Size, box: Size): View =>
  clamp({ ...view, x: view.x + dx, y: view.y + dy }, image, box)

/** Keeps the image in reach: an edge never comes past the middle of the box. */
export function clamp(view: View, image: Size, box: Size): View {
  const within = (value: number, length: number, room: number) => Math.min(room / 2, Math.max(room / 2 - length, value))
  return {
    scale: view.scale,
    x: within(view.x, image.width * view.scale, box.width),
    y: within(view.y, image.height * view.scale, box.height),
  }
}
