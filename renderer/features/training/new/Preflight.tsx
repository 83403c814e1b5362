import { useMutation } from '@tanstack/react-query'
import { Gauge, X } from 'lucide-react'
import { type ReactNode, useEffect, useRef } from 'react'
import type { PreflightReport } from '../../../../src/contract/preflight.ts'
import type { TrainOptions } from '../../../../src/contract/training.ts'
import { client } from '../../../api/client.ts'
import { failureOf } from '../../../api/failure.ts'
import { navigate } from '../../../state/location.ts'
import { pairsPath } from '../../../state/pair-query.ts'
import { Badge } from '../../../ui/Badge.tsx'
import { Button } from '../../../ui/Button.tsx'
import { bytes, duration } from '../../../../src/core/format.ts'
import { Panel } from '../../../ui/Panel.tsx'
import { type Share, ShareBar } from '../../../ui/charts/ShareBar.tsx'
import { FailureNote, Skeleton } from '../../../ui/states.tsx'
import { words } from '../../../words/words.ts'
import styles from './Preflight.module.css'
import { formOf, type TrainForm } from './use-train-form.ts'

const t = words.training

interface Answer {
  report: PreflightReport
  looked: number
  trainPairs: number
}
type SetForm = (change: Partial<TrainForm>) => void

/** Whether the run would fit this machine, asked before it starts, with ways to make it fit that set the form. */
export function Preflight({ run, valid, set }: { run: TrainOptions | undefined; valid: boolean; set: SetForm }) {
  const stop = useRef(new AbortController())
  useEffect(() => () => stop.current.abort(), [])
  const asked = useMutation({
    mutationFn: (options: TrainOptions) => {
      stop.current = new AbortController()
      return client.training.preflight(options, { signal: stop.current.signal })
    },
  })
  const cancel = () => {
    stop.current.abort()
    asked.reset()
  }
  const other = asked.variables !== undefined && JSON.stringify(asked.variables) !== JSON.stringify(run)
  const ask = asked.isPending ? (
    <Button size="small" icon={X} onClick={cancel}>
      {t('check.cancel')}
    </Button>
  ) : (
    <Button size="small" icon={Gauge} disabled={!run || !valid} onClick={() => run && asked.mutate(run)}>
      {asked.data || asked.error ? t('check.again') : t('check.start')}
    </Button>
  )
  return (
    <Panel title={t('check.title')} detail={asked.data ? deviceOf(asked.data.report) : t('check.detail')} actions={ask}>
      <div aria-live="polite">
        {asked.isPending ? (
          <Skeleton lines={4} label={t('check.checking')} />
        ) : asked.isError ? (
          <FailureNote failure={failureOf(asked.error)} />
        ) : asked.data ? (
          <>
            {other && <p className={styles.other}>{t('check.otherOptions')}</p>}
            <Told {...asked.data} set={set} />
          </>
        ) : (
          <p className={styles.quiet}>{t('check.intro')}</p>
        )}
      </div>
    </Panel>
  )
}

const deviceOf = ({ device }: PreflightReport): string =>
  device.kind === 'cuda'
    ? t('check.gpu', { name: device.name, driver: device.driver ?? t('check.unknown'), dtype: device.dtype })
    : t('check.cpu', { dtype: device.dtype })

function Told({ report, looked, trainPairs, set }: Answer & { set: SetForm }) {
  const { pairs, problems, fallbacks } = report
  // Steps were counted for the pairs that were looked at.
  const steps = Math.ceil((report.steps * trainPairs) / Math.max(1, looked))
  return (
    <div className={styles.told}>
      <p>
        <Badge tone={report.fits ? 'success' : 'danger'}>{report.fits ? t('check.fits') : t('check.fitsNot')}</Badge>
        {report.seconds_per_step !== null && (
          <span className={styles.quiet}>{t('check.duration', { duration: duration(report.seconds_per_step * steps), steps })}</span>
        )}
      </p>
      {problems.map(({ kind, message, remedy }) => (
        <FailureNote key={kind} failure={{ message, remedy }} />
      ))}
      {fallbacks.length > 0 && (
        <ol className={styles.fallbacks} aria-label={t('check.ways')}>
          {fallbacks.map(({ title, needed_bytes, fits }, index) => (
            <li key={title}>
              <span>
                {title}{' '}
                <span className={styles.quiet}>{fits ? t('check.wayFits', { size: bytes(needed_bytes) }) : bytes(needed_bytes)}</span>
              </span>
              <Button size="small" aria-label={t('check.applyLabel', { change: title })} onClick={() => set(formOf(fallbacks, index))}>
                {t('check.apply')}
              </Button>
            </li>
          ))}
        </ol>
      )}
      <Memory memory={report.memory} />
      <Disk disk={report.disk} />
      {pairs.unusable_count > 0 && (
        <p>
          {t('check.unusable', { count: pairs.unusable_count, checked: looked })}{' '}
          <Button size="small" onClick={() => navigate(pairsPath({ pairIds: pairs.unusable.map(({ id }) => Number(id)) }, 'id'))}>
            {pairs.unusable.length < pairs.unusable_count ? t('check.showFirst', { count: pairs.unusable.length }) : t('check.show')}
          </Button>
        </p>
      )}
    </div>
  )
}

const PARTS: readonly [keyof PreflightReport['memory']['parts'], string][] = [
  ['weights', 'var(--accent)'],
  ['trained', 'var(--prior)'],
  ['gradients', 'var(--rejected)'],
  ['optimiser', 'var(--text)'],
  ['activations', 'var(--mm)'],
  ['runtime', 'var(--chosen)'],
]

function Memory({ memory }: Pick<PreflightReport, 'memory'>) {
  const { parts, measured, needed_bytes: needed } = memory
  const room = memory.available_bytes ?? memory.total_bytes
  const estimated = Object.values(parts).reduce((sum, size) => sum + size, 0)
  const shares: Share[] = PARTS.map(([part, color]) => ({ label: t(`check.part.${part}`), value: parts[part], color })).filter(
    ({ value }) => value > 0,
  )
  if (room !== null && room > estimated)
    shares.push({ label: t('check.part.free'), value: room - estimated, color: 'var(--surface-active)' })
  return (
    <Need label={t('check.memory')} needed={needed} free={room} note={measured ? t('check.measured') : t('check.estimated')}>
      <ShareBar label={t('check.memoryChart')} parts={shares} format={bytes} />
    </Need>
  )
}

function Disk({ disk }: Pick<PreflightReport, 'disk'>) {
  const { needed_bytes: needed, checkpoint_bytes: checkpoint, models_bytes: models, free_bytes: free } = disk
  const note = t('check.diskNote', { checkpoints: bytes(checkpoint), models: bytes(models) })
  return <Need label={t('check.disk')} needed={needed} free={free} note={note} />
}

function Need({
  label,
  needed,
  free,
  note,
  children,
}: {
  label: string
  needed: number
  free: number | null
  note: string
  children?: ReactNode
}) {
  const said = {
    label,
    needed: bytes(needed),
    note,
    b: (chunks: ReactNode) => <strong>{chunks}</strong>,
    quiet: (chunks: ReactNode) => <span className={styles.quiet}>{chunks}</span>,
  }
  return (
    <div className={styles.need}>
      <p>{free === null ? t.rich('check.need', said) : t.rich('check.needOf', { ...said, free: bytes(free) })}</p>
      {children}
    </div>
  )
}
