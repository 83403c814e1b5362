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
import { bytes, count, duration, plural } from '../../../../src/core/format.ts'
import { Panel } from '../../../ui/Panel.tsx'
import { type Share, ShareBar } from '../../../ui/charts/ShareBar.tsx'
import { FailureNote, Skeleton } from '../../../ui/states.tsx'
import styles from './Preflight.module.css'
import { formOf, type TrainForm } from './use-train-form.ts'

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
      Cancel
    </Button>
  ) : (
    <Button size="small" icon={Gauge} disabled={!run || !valid} onClick={() => run && asked.mutate(run)}>
      {asked.data || asked.error ? 'Check again' : 'Check this machine'}
    </Button>
  )
  return (
    <Panel
      title="Resource check"
      detail={asked.data ? deviceOf(asked.data.report) : 'Memory, disk and pairs, before it starts'}
      actions={ask}
    >
      <div aria-live="polite">
        {asked.isPending ? (
          <Skeleton lines={4} label="Asking the trainer what this machine can do" />
        ) : asked.isError ? (
          <FailureNote failure={failureOf(asked.error)} />
        ) : asked.data ? (
          <>
            {other && <p className={styles.other}>This was for other options than those chosen now.</p>}
            <Told {...asked.data} set={set} />
          </>
        ) : (
          <p className={styles.quiet}>It takes a few seconds. With a GPU, the model makes a few real steps.</p>
        )}
      </div>
    </Panel>
  )
}

const deviceOf = ({ device }: PreflightReport): string =>
  `On ${device.kind === 'cuda' ? `${device.name}, driver ${device.driver ?? 'unknown'}` : 'the processor'}, ${device.dtype}`

function Told({ report, looked, trainPairs, set }: Answer & { set: SetForm }) {
  const { pairs, problems, fallbacks } = report
  // Steps were counted for the pairs that were looked at.
  const steps = Math.ceil((report.steps * trainPairs) / Math.max(1, looked))
  return (
    <div className={styles.told}>
      <p>
        <Badge tone={report.fits ? 'success' : 'danger'}>{report.fits ? 'It fits' : 'It does not fit'}</Badge>
        {report.seconds_per_step !== null && (
          <span className={styles.quiet}>
            {' '}
            About {duration(report.seconds_per_step * steps)} for {plural(steps, 'step')}.
          </span>
        )}
      </p>
      {problems.map(({ kind, message, remedy }) => (
        <FailureNote key={kind} failure={{ message, remedy }} />
      ))}
      {fallbacks.length > 0 && (
        <ol className={styles.fallbacks} aria-label="Ways to make it fit (cumulative)">
          {fallbacks.map(({ title, needed_bytes, fits }, index) => (
            <li key={title}>
              <span>
                {title} <span className={styles.quiet}>{`${bytes(needed_bytes)}${fits ? ', fits' : ''}`}</span>
              </span>
              <Button size="small" aria-label={`Use this: ${title}`} onClick={() => set(formOf(fallbacks, index))}>
                Use this
              </Button>
            </li>
          ))}
        </ol>
      )}
      <Memory memory={report.memory} />
      <Disk disk={report.disk} />
      {pairs.unusable_count > 0 && (
        <p>
          {plural(pairs.unusable_count, 'pair')} of {looked < trainPairs ? `the ${count(looked)} looked at` : 'them'} cannot be used.{' '}
          <Button size="small" onClick={() => navigate(pairsPath({ pairIds: pairs.unusable.map(({ id }) => Number(id)) }, 'id'))}>
            Show {pairs.unusable.length < pairs.unusable_count ? `the first ${count(pairs.unusable.length)}` : 'them'}
          </Button>
        </p>
      )}
    </div>
  )
}

const PARTS: readonly [keyof PreflightReport['memory']['parts'], string, string][] = [
  ['weights', 'weights', 'var(--accent)'],
  ['trained', 'trained weights', 'var(--prior)'],
  ['gradients', 'gradients', 'var(--rejected)'],
  ['optimiser', 'optimiser', 'var(--text)'],
  ['activations', 'activations', 'var(--mm)'],
  ['runtime', 'PyTorch itself', 'var(--chosen)'],
]

function Memory({ memory }: Pick<PreflightReport, 'memory'>) {
  const { parts, measured, needed_bytes: needed } = memory
  const room = memory.available_bytes ?? memory.total_bytes
  const estimated = Object.values(parts).reduce((sum, size) => sum + size, 0)
  const shares: Share[] = PARTS.map(([part, label, color]) => ({ label, value: parts[part], color })).filter(({ value }) => value > 0)
  if (room !== null && room > estimated) shares.push({ label: 'left', value: room - estimated, color: 'var(--surface-active)' })
  return (
    <Need label="Memory" needed={needed} free={room} note={measured ? 'measured' : 'estimated'}>
      <ShareBar label="Memory that it needs, estimated" parts={shares} format={bytes} />
    </Need>
  )
}

function Disk({ disk }: Pick<PreflightReport, 'disk'>) {
  const { needed_bytes: needed, checkpoint_bytes: checkpoint, models_bytes: models, free_bytes: free } = disk
  return <Need label="Disk" needed={needed} free={free} note={`checkpoints of ${bytes(checkpoint)}, models of ${bytes(models)}`} />
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
  return (
    <div className={styles.need}>
      <p>
        {label}: <strong>{bytes(needed)}</strong>
        {free !== null && ` of ${bytes(free)} that are free`} <span className={styles.quiet}>({note})</span>
      </p>
      {children}
    </div>
  )
}
