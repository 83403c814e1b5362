import { ImageOff, Maximize, ZoomIn, ZoomOut } from 'lucide-react'
import { type PointerEvent, type ReactNode, useCallback, useEffect, useRef, useState } from 'react'
import { CommandButton } from '../../commands/CommandButton.tsx'
import { type Command, useCommands } from '../../commands/registry.ts'
import { percent } from '../../../src/core/format.ts'
import { classes } from '../class-names.ts'
import styles from './ImageViewer.module.css'
import { fit, pan, PIXELATED_FROM, type Point, type Size, type View, zoomAt } from './pan-zoom.ts'
import { words } from '../../words/words.ts'

const t = words.ui

const STEP = 1.4

export interface ViewedImage extends Size {
  src: string
  alt: string
  /** A small form for the strip; the image itself where absent. */
  thumbnail?: string
}

/** An image that is not there: what is shown in its place. */
export interface AbsentImage {
  absent: ReactNode
}

/**
 * One or several images of one pair: the wheel zooms to the cursor, dragging moves, a double click fits. Far enlarged,
 * pixels are shown as they are. Without images it says so. Which image is shown may be held outside, as `index`.
 */
export function ImageViewer({
  images,
  index: held,
  onIndex,
}: {
  images: readonly (ViewedImage | AbsentImage)[]
  index?: number
  onIndex?: (index: number) => void
}) {
  const [own, setOwn] = useState(0)
  const index = Math.min(held ?? own, images.length - 1)
  const image = images[index]
  const setIndex = onIndex ?? setOwn
  const step = (by: number) => setIndex((index + by + images.length) % images.length)
  useCommands(
    images.length > 1
      ? [
          { id: 'image.next', label: t('image.next'), keys: [']'], group: t('image.group'), perform: () => step(1), keysOnly: true },
          {
            id: 'image.previous',
            label: t('image.previous'),
            keys: ['['],
            group: t('image.group'),
            perform: () => step(-1),
            keysOnly: true,
          },
        ]
      : [],
  )
  if (!image) return <div className={classes(styles.viewer, styles.none)}>{t('image.none')}</div>
  return (
    <div className={styles.viewer}>
      {'absent' in image ? <div className={styles.absent}>{image.absent}</div> : <Canvas key={image.src} image={image} />}
      {images.length > 1 && (
        <ul className={styles.strip} aria-label={t('image.list')}>
          {images.map((each, i) => (
            <li key={i}>
              <button
                type="button"
                aria-label={t('absent' in each ? 'image.placeMissing' : 'image.place', { number: i + 1, count: images.length })}
                aria-current={i === index || undefined}
                className={styles.thumb}
                onClick={() => setIndex(i)}
              >
                {'absent' in each ? <ImageOff size={16} aria-hidden /> : <img src={each.thumbnail ?? each.src} alt="" />}
              </button>
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}

function Canvas({ image }: { image: ViewedImage }) {
  const box = useRef<HTMLDivElement>(null)
  const [room, setRoom] = useState<Size | null>(null)
  /** Null: fitted, and it stays so when the window changes. */
  const [chosen, setChosen] = useState<View | null>(null)
  const [broken, setBroken] = useState(false)
  const drag = useRef<Point | null>(null)
  const view = room && (chosen ?? fit(image, room))

  useEffect(() => {
    const element = box.current
    if (!element) return
    const observer = new ResizeObserver(() => setRoom({ width: element.clientWidth, height: element.clientHeight }))
    observer.observe(element)
    return () => observer.disconnect()
  }, [])

  const change = useCallback(
    (how: (view: View, room: Size) => View): void => {
      if (room) setChosen((now) => how(now ?? fit(image, room), room))
    },
    [image, room],
  )
  const zoom = (factor: number) => change((now, size) => zoomAt(now, factor, { x: size.width / 2, y: size.height / 2 }, image, size))

  useEffect(() => {
    const element = box.current
    if (!element) return
    // React's wheel listeners are passive, and the page must not scroll meanwhile.
    const wheel = (event: WheelEvent) => {
      event.preventDefault()
      const corner = element.getBoundingClientRect()
      const at = { x: event.clientX - corner.left, y: event.clientY - corner.top }
      const pixels = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? event.deltaY * 30 : event.deltaY
      change((now, size) => zoomAt(now, Math.exp(-pixels / 400), at, image, size))
    }
    element.addEventListener('wheel', wheel, { passive: false })
    return () => element.removeEventListener('wheel', wheel)
  }, [change, image])

  const commands: Command[] = [
    {
      id: 'image.zoomIn',
      label: t('image.zoomIn'),
      keys: ['+', '='],
      group: t('image.group'),
      icon: ZoomIn,
      perform: () => zoom(STEP),
      repeats: true,
    },
    {
      id: 'image.zoomOut',
      label: t('image.zoomOut'),
      keys: ['-'],
      group: t('image.group'),
      icon: ZoomOut,
      perform: () => zoom(1 / STEP),
      repeats: true,
    },
    { id: 'image.fit', label: t('image.fit'), keys: ['0'], group: t('image.group'), icon: Maximize, perform: () => setChosen(null) },
  ]
  useCommands(commands)

  const move = (event: PointerEvent) => {
    const from = drag.current
    if (!from) return
    drag.current = { x: event.clientX, y: event.clientY }
    change((now, size) => pan(now, event.clientX - from.x, event.clientY - from.y, image, size))
  }
  return (
    <div className={styles.frame}>
      <div
        ref={box}
        className={styles.canvas}
        data-zoomed={chosen !== null || undefined}
        onPointerDown={(event) => {
          if (event.button !== 0) return
          event.currentTarget.setPointerCapture(event.pointerId)
          drag.current = { x: event.clientX, y: event.clientY }
        }}
        onPointerMove={move}
        onPointerUp={() => (drag.current = null)}
        onPointerCancel={() => (drag.current = null)}
        onDoubleClick={() => setChosen(null)}
      >
        {broken ? (
          <p className={styles.broken}>{t('image.broken')}</p>
        ) : (
          <img
            src={image.src}
            alt={image.alt}
            draggable={false}
            width={image.width}
            height={image.height}
            className={styles.image}
            data-pixelated={(view && view.scale >= PIXELATED_FROM) || undefined}
            style={view ? { transform: `translate(${view.x}px, ${view.y}px) scale(${view.scale})` } : { visibility: 'hidden' }}
            onError={() => setBroken(true)}
          />
        )}
      </div>
      <div className={styles.tools}>
        <span className={styles.scale}>
          {t('image.size', { width: `${image.width}`, height: `${image.height}`, zoom: percent(view?.scale ?? 1, 0) })}
        </span>
        {commands.map((command) => (
          <CommandButton key={command.id} command={command} iconOnly size="small" />
        ))}
      </div>
    </div>
  )
}
