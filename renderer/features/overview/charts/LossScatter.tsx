import { useRef, useState, type KeyboardEvent, type PointerEvent } from 'react'
import type { Report } from '../../../../src/contract/overview.ts'
import { navigate } from '../../../state/location.ts'
import { pairsPath } from '../../../state/pair-query.ts'
import { Button } from '../../../ui/Button.tsx'
import { Panel } from '../../../ui/Panel.tsx'
import { words } from '../../../words/words.ts'
import styles from './LossScatter.module.css'
import { linksOf } from '../links.ts'
import type { Area } from './loss-area.ts'

const t = words.overview

const [SIZE, LEFT, BOTTOM] = [300, 34, 30] as const
const STEPS: Record<string, readonly [number, number]> = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }
type Scatter = NonNullable<Report['scatter']>

/**
 * Pairs by the losses of both models. An area is chosen by dragging, or with the keyboard: arrows move its corner, with Shift they
 * widen it; Enter opens its pairs.
 */
export function LossScatter({ report, scatter }: { report: Report; scatter: Scatter }) {
  const { edges, cells } = scatter
  const cellCount = edges.length
  const side = SIZE / cellCount
  const middle = edges.findIndex((edge) => Math.abs(edge - Math.LN2) < 1e-6)
  const [area, setArea] = useState<Area | null>(null)
  const anchor = useRef<[number, number] | null>(null)
  const svg = useRef<SVGSVGElement>(null)
  const most = Math.max(1, ...cells.map(({ pairs }) => pairs))
  const inside = area
    ? cells.filter(({ x, y }) => x >= area.x0 && x <= area.x1 && y >= area.y0 && y <= area.y1).reduce((sum, { pairs }) => sum + pairs, 0)
    : 0
  const open = () => area && inside > 0 && navigate(pairsPath(linksOf(report).lossArea(area, edges)))
  const clamp = (value: number) => Math.max(0, Math.min(cellCount - 1, value))
  const cellAt = (event: PointerEvent): [number, number] => {
    const box = svg.current?.getBoundingClientRect()
    if (!box) return [0, 0]
    const scale = (SIZE + LEFT + 8) / box.width
    return [
      clamp(Math.floor(((event.clientX - box.left) * scale - LEFT) / side)),
      clamp(Math.floor((SIZE + 4 - (event.clientY - box.top) * scale) / side)),
    ]
  }
  const span = ([a, b]: [number, number], [c, d]: [number, number]): Area => ({
    x0: Math.min(a, c),
    x1: Math.max(a, c),
    y0: Math.min(b, d),
    y1: Math.max(b, d),
  })
  const move = (event: KeyboardEvent) => {
    if (event.key === 'Enter') return open()
    if (event.key === 'Escape') return setArea(null)
    const step = STEPS[event.key]
    if (!step) return
    const [dx, dy] = step
    event.preventDefault()
    const now = area ?? { x0: 0, x1: 0, y0: 0, y1: 0 }
    if (event.shiftKey) setArea({ ...now, x1: Math.max(now.x0, clamp(now.x1 + dx)), y1: Math.max(now.y0, clamp(now.y1 + dy)) })
    else setArea({ x0: clamp(now.x0 + dx), x1: clamp(now.x1 + dx), y0: clamp(now.y0 + dy), y1: clamp(now.y1 + dy) })
  }
  return (
    <Panel title={t('losses.title')} detail={t('losses.detail')}>
      <div className={styles.scatter}>
        <svg
          ref={svg}
          className={styles.plot}
          viewBox={`0 0 ${SIZE + LEFT + 8} ${SIZE + BOTTOM + 4}`}
          role="application"
          aria-label={t('losses.plot', { count: scatter.pairs })}
          tabIndex={0}
          onKeyDown={move}
          onPointerDown={(event) => {
            event.currentTarget.setPointerCapture(event.pointerId)
            anchor.current = cellAt(event)
            setArea(span(anchor.current, anchor.current))
          }}
          onPointerMove={(event) => anchor.current && setArea(span(anchor.current, cellAt(event)))}
          onPointerUp={() => (anchor.current = null)}
          onPointerCancel={() => (anchor.current = null)}
        >
          <rect className={styles.frame} x={LEFT} y={4} width={SIZE} height={SIZE} />
          {cells.map(({ x, y, pairs }) => (
            <rect
              key={`${x}.${y}`}
              className={styles.cell}
              x={LEFT + x * side}
              y={4 + SIZE - (y + 1) * side}
              width={side}
              height={side}
              opacity={0.18 + 0.82 * (Math.log(pairs) / Math.log(most + 1))}
            >
              <title>{t('pairs', { count: pairs })}</title>
            </rect>
          ))}
          <line className={styles.half} x1={LEFT + middle * side} x2={LEFT + middle * side} y1={4} y2={4 + SIZE} />
          <line className={styles.half} x1={LEFT} x2={LEFT + SIZE} y1={4 + SIZE - middle * side} y2={4 + SIZE - middle * side} />
          {area && (
            <rect
              className={styles.area}
              x={LEFT + area.x0 * side}
              y={4 + SIZE - (area.y1 + 1) * side}
              width={(area.x1 - area.x0 + 1) * side}
              height={(area.y1 - area.y0 + 1) * side}
            />
          )}
          <text className={styles.tick} x={LEFT + SIZE / 2} y={SIZE + BOTTOM - 4} textAnchor="middle">
            {t('losses.text')}
          </text>
          <text className={styles.tick} transform="rotate(-90)" x={-(4 + SIZE / 2)} y={LEFT - 12} textAnchor="middle">
            {t('losses.mm')}
          </text>
        </svg>
        <p className={styles.chosen} role="status">
          {area ? t('losses.inside', { count: inside }) : t('losses.all', { count: scatter.pairs })}
        </p>
        <Button size="small" disabled={!area || inside === 0} onClick={open}>
          {t('losses.show')}
        </Button>
      </div>
    </Panel>
  )
}
