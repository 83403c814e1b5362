import { useEffect, useMemo, useRef, useState } from 'react'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import styles from './LineChart.module.css'
import { usePreferences } from '../../state/preferences.ts'
import { words } from '../../words/words.ts'

const t = words.ui

/** Width of the value axis at least, of its ticks, and of a letter of its labels, in CSS pixels. */
const AXIS = 46
const TICK = 14
const LETTER = 6.5

const plain = (value: number): string => value.toFixed(3)

export interface LineSeries {
  label: string
  /** A token such as `--mm`: canvas needs the colour itself, so it is looked up in the present theme. */
  token: string
  /** As long as `x`; null leaves a gap. */
  values: readonly (number | null)[]
  dash?: readonly number[]
}

/** Curves over a growing `x`, drawn on canvas: some ten thousand points stay fluent. The last values stand in the legend. */
export function LineChart({
  label,
  x,
  xLabel,
  series,
  height = 200,
  yRange,
  format,
}: {
  label: string
  x: readonly number[]
  xLabel: string
  series: readonly LineSeries[]
  height?: number
  yRange?: readonly [number, number]
  /** Of the values in the legend and on the axis; 0.123 if absent. */
  format?: (value: number) => string
}) {
  const host = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot>(undefined)
  const data = useMemo((): uPlot.AlignedData => [[...x], ...series.map((line) => [...line.values])], [x, series])
  const latest = useRef(data)
  const latestFormat = useRef(format)
  const theme = usePreferences((state) => state.theme)
  const [at, setAt] = useState<number | null>(null)
  // A plot is rebuilt only when its shape changes; new points go to the existing one.
  const shape = JSON.stringify([series.map(({ label: name, token, dash }) => [name, token, dash]), height, yRange, theme])

  useEffect(() => {
    latestFormat.current = format
  }, [format])

  useEffect(() => {
    latest.current = data
    plot.current?.setData(data)
  }, [data])

  useEffect(() => {
    const element = host.current
    if (!element) return
    const [lines, plotHeight, range] = JSON.parse(shape) as [[string, string, number[] | null][], number, [number, number] | null]
    const style = getComputedStyle(document.documentElement)
    const color = (token: string) => style.getPropertyValue(token).trim()
    const font = `11px ${style.getPropertyValue('--font')}`
    const axis = {
      stroke: color('--ink-3'),
      font,
      grid: { stroke: color('--line'), width: 1 },
      ticks: { stroke: color('--line'), width: 1, size: 4 },
    }
    const made = new uPlot(
      {
        width: element.clientWidth,
        height: plotHeight,
        legend: { show: false },
        cursor: { y: false, points: { size: 6 } },
        scales: { x: { time: false }, y: range ? { range: () => range } : {} },
        axes: [
          { ...axis, size: 28 },
          {
            ...axis,
            size: (_, values) => Math.max(AXIS, ...(values ?? []).map((text) => TICK + LETTER * text.length)),
            // Its own labels have as many digits as the range needs.
            ...(latestFormat.current && { values: (_, splits) => splits.map((value) => latestFormat.current?.(value) ?? '') }),
          },
        ],
        series: [
          {},
          ...lines.map(([name, token, dash]) => ({
            label: name,
            stroke: color(token),
            width: 1.5,
            spanGaps: true,
            points: { show: false },
            ...(dash ? { dash } : {}),
          })),
        ],
        hooks: { setCursor: [(self) => setAt(self.cursor.idx ?? null)] },
      },
      latest.current,
      element,
    )
    plot.current = made
    const resize = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: plotHeight }))
    resize.observe(element)
    return () => {
      resize.disconnect()
      made.destroy()
      plot.current = undefined
    }
  }, [shape])

  const index = at ?? x.length - 1
  return (
    <figure className={styles.figure}>
      <figcaption className={styles.caption}>
        <span className={styles.title}>{label}</span>
        {series.map((line) => {
          const value = line.values[index]
          return (
            <span key={line.label} className={styles.item}>
              <span className={styles.swatch} style={{ background: `var(${line.token})` }} aria-hidden />
              {line.label} {value === null || value === undefined ? '–' : (format ?? plain)(value)}
            </span>
          )
        })}
        <span className={styles.at}>{x.length > 0 && `${xLabel} ${x[index] ?? ''}`}</span>
      </figcaption>
      <div ref={host} className={styles.host} role="img" aria-label={t('lineChart', { label, axis: xLabel })} />
    </figure>
  )
}
