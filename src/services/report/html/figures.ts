import type { Estimate } from '../../../contract/base.ts'
import { count, percent } from '../../../core/format.ts'
import { beginning } from '../../../core/segments.ts'
import { html, type Markup } from './html.ts'

/** Figures as inline SVG: no script, no font and no file from elsewhere. Colours are those of the page's style sheet. */

export type Interval = { label: string; detail: string; estimate: Estimate; strong?: boolean }

/** Estimates with their intervals one below the other, on an axis from `from` to `to`. */
export function forest(rows: readonly Interval[], title: string, [from, to]: readonly [number, number] = [0, 1]): Markup {
  const [left, width, step] = [230, 360, 26]
  const height = rows.length * step + 34
  const x = (share: number): number => left + ((Math.max(from, Math.min(to, share)) - from) / (to - from)) * width
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((part) => from + part * (to - from))
  return html`<svg viewBox="0 0 740 ${height}" role="img" aria-label="${title}"><title>${title}</title>
${ticks.map((tick) => html`<line class="${Math.abs(tick - 0.5) < 1e-9 ? 'chance' : 'grid'}" x1="${x(tick)}" x2="${x(tick)}" y1="4" y2="${height - 26}"/><text class="tick" x="${x(tick)}" y="${height - 8}" text-anchor="middle">${percent(tick, 0)}</text>`)}
${rows.map(({ label, detail, estimate, strong }, i) => {
  const y = 18 + i * step
  return html`<text x="${left - 10}" y="${y + 4}" text-anchor="end">${shortened(label, 34)}</text><line class="interval" x1="${x(estimate.low)}" x2="${x(estimate.high)}" y1="${y}" y2="${y}"/><circle class="${strong ? 'main' : 'dot'}" cx="${x(estimate.value)}" cy="${y}" r="${strong ? 5 : 4}"/><text class="detail" x="${left + width + 12}" y="${y + 4}">${detail}</text>`
})}</svg>`
}

/** Accuracy by number of training pairs, on a logarithmic axis. */
export function curve(points: readonly { trainPairs: number; accuracy: Estimate }[], title: string): Markup {
  const [left, top, width, height] = [60, 12, 620, 220]
  const logs = points.map(({ trainPairs }) => Math.log(Math.max(1, trainPairs)))
  const [first, last] = [Math.min(...logs), Math.max(...logs)]
  const x = (i: number): number => left + (last > first ? ((logs[i] as number) - first) / (last - first) : 0.5) * width
  const low = Math.min(0.4, ...points.map(({ accuracy }) => accuracy.low))
  const y = (share: number): number => top + ((1 - share) / (1 - low)) * height
  const ticks = [0.5, 0.75, 1]
  return html`<svg viewBox="0 0 740 ${height + 52}" role="img" aria-label="${title}"><title>${title}</title>
${ticks.map((tick) => html`<line class="${tick === 0.5 ? 'chance' : 'grid'}" x1="${left}" x2="${left + width}" y1="${y(tick)}" y2="${y(tick)}"/><text class="tick" x="${left - 8}" y="${y(tick) + 4}" text-anchor="end">${percent(tick, 0)}</text>`)}
<polyline class="line" points="${points.map(({ accuracy }, i) => `${x(i)},${y(accuracy.value)}`).join(' ')}"/>
${points.map(({ trainPairs, accuracy }, i) => html`<line class="interval" x1="${x(i)}" x2="${x(i)}" y1="${y(accuracy.low)}" y2="${y(accuracy.high)}"/><circle class="dot" cx="${x(i)}" cy="${y(accuracy.value)}" r="4"/><text class="tick" x="${x(i)}" y="${height + 34}" text-anchor="middle">${count(trainPairs)}</text>`)}
<text class="tick" x="${left + width / 2}" y="${height + 50}" text-anchor="middle">training pairs</text></svg>`
}

/** Confidence against accuracy, the diagonal where both are the same; larger dots have more pairs. */
export function reliability(bins: readonly { confidence: number; accuracy: number; pairs: number }[], title: string): Markup {
  const [left, top, size] = [60, 10, 230]
  const x = (confidence: number): number => left + (confidence - 0.5) * 2 * size
  const y = (accuracy: number): number => top + (1 - accuracy) * size
  const most = Math.max(1, ...bins.map(({ pairs }) => pairs))
  return html`<svg class="small" viewBox="0 0 330 290" role="img" aria-label="${title}"><title>${title}</title>
<rect class="frame" x="${left}" y="${top}" width="${size}" height="${size}"/><line class="chance" x1="${x(0.5)}" y1="${y(0.5)}" x2="${x(1)}" y2="${y(1)}"/>
${bins.map(({ confidence, accuracy, pairs }) => html`<circle class="dot" cx="${x(confidence)}" cy="${y(accuracy)}" r="${2 + 8 * Math.sqrt(pairs / most)}"/>`)}
${[0, 0.5, 1].map((tick) => html`<text class="tick" x="${left - 8}" y="${y(tick) + 4}" text-anchor="end">${percent(tick, 0)}</text>`)}
${[0.5, 0.75, 1].map((tick) => html`<text class="tick" x="${x(tick)}" y="${top + size + 18}" text-anchor="middle">${percent(tick, 0)}</text>`)}
<text class="tick" x="${left + size / 2}" y="${top + size + 38}" text-anchor="middle">confidence of the proxy</text></svg>`
}

/** Counts in bins. */
export function histogram(
  bins: readonly { low: number; high: number; pairs: number }[],
  ends: readonly [string, string],
  title: string,
): Markup {
  const [left, top, width, height] = [20, 10, 700, 160]
  const most = Math.max(1, ...bins.map(({ pairs }) => pairs))
  return html`<svg viewBox="0 0 740 210" role="img" aria-label="${title}"><title>${title}</title>
${bins.map(({ low, high, pairs }) => html`<rect class="bar" x="${left + low * width + 1}" width="${(high - low) * width - 2}" y="${top + (1 - pairs / most) * height}" height="${(pairs / most) * height}"/>`)}
<line class="grid" x1="${left}" x2="${left + width}" y1="${top + height}" y2="${top + height}"/>
<text class="tick" x="${left}" y="${top + height + 20}">0: ${ends[0]}</text><text class="tick" x="${left + width}" y="${top + height + 20}" text-anchor="end">1: ${ends[1]}</text></svg>`
}

/** Pairs by text loss and mm loss, darker where there are more. The lines are at ln 2, where a model knows nothing. */
export function density(
  { edges, cells }: { edges: readonly number[]; cells: readonly { x: number; y: number; pairs: number }[] },
  title: string,
): Markup {
  const [left, top, size] = [60, 10, 330]
  const count = edges.length
  const side = size / count
  const most = Math.max(1, ...cells.map(({ pairs }) => pairs))
  const middle = (8 / count) * size
  return html`<svg class="small" viewBox="0 0 420 400" role="img" aria-label="${title}"><title>${title}</title>
<rect class="frame" x="${left}" y="${top}" width="${size}" height="${size}"/>
${cells.map(({ x, y, pairs }) => html`<rect class="cell" x="${left + x * side}" y="${top + size - (y + 1) * side}" width="${side}" height="${side}" opacity="${(0.15 + 0.85 * (Math.log(pairs) / Math.log(most + 1))).toFixed(3)}"/>`)}
<line class="chance" x1="${left + middle}" x2="${left + middle}" y1="${top}" y2="${top + size}"/><line class="chance" x1="${left}" x2="${left + size}" y1="${top + size - middle}" y2="${top + size - middle}"/>
<text class="tick" x="${left + size / 2}" y="${top + size + 22}" text-anchor="middle">text loss (nats), right of the line: guessed wrong</text>
<text class="tick" transform="rotate(-90)" x="${-(top + size / 2)}" y="${left - 14}" text-anchor="middle">MM-RM loss (nats)</text></svg>`
}

const shortened = (text: string, most: number): string => (text.length > most ? `${beginning(text, most - 1)}…` : text)
