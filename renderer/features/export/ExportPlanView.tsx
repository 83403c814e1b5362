import { CircleAlert, CircleCheck } from 'lucide-react'
import type { ExportPlan } from '../../../src/contract/exports.ts'
import { failureOf } from '../../api/failure.ts'
import { classes } from '../../ui/class-names.ts'
import { bytes, count, plural } from '../../../src/core/format.ts'
import { FailureNote, Skeleton } from '../../ui/states.tsx'
import { isolated } from '../../ui/text/direction.ts'
import styles from './ExportDialog.module.css'

/** Splits that are named; the others are counted. */
const SPLITS_SHOWN = 6

/** What would be written, and what would be lost. `old`: it speaks of the choices before the last change. */
export function ExportPlanView({ plan, old, error }: { plan: ExportPlan | null; old: boolean; error: unknown }) {
  if (error) return <FailureNote failure={failureOf(error)} />
  if (!plan) return <Skeleton lines={3} label="Working out what would be written" />
  return (
    <section className={classes(styles.plan, old && styles.old)} aria-label="What would be written" aria-busy={old}>
      {plan.obstacle && <FailureNote failure={{ message: 'This folder cannot be written to.', remedy: plan.obstacle }} />}
      <dl className={styles.numbers}>
        <Number name="Pairs" value={count(plan.pairs)} />
        <Number name="Images" value={plan.images === 0 ? 'none' : `${count(plan.images)} · ${bytes(plan.imageBytes)}`} />
        {plan.splits.slice(0, SPLITS_SHOWN).map((split) => (
          <Number
            key={split.split}
            name={`Split ${split.split}`}
            value={count(split.pairs)}
            detail={split.files.length === 1 ? split.files[0] : plural(split.files.length, 'file')}
          />
        ))}
        {plan.splits.length > SPLITS_SHOWN && <Number name="Other splits" value={count(plan.splits.length - SPLITS_SHOWN)} />}
      </dl>
      {plan.pairs === 0 ? (
        <p className={styles.verdict}>No pair would be written: widen the choice, or include tied and discarded pairs.</p>
      ) : plan.lost.length === 0 ? (
        <p className={styles.verdict}>
          <CircleCheck size={15} aria-hidden data-good /> Lossless: reimporting gives identical pairs.
        </p>
      ) : (
        <>
          <p className={styles.verdict}>
            <CircleAlert size={15} aria-hidden /> This format cannot hold everything. Read back, this is gone or changed:
          </p>
          <ul className={styles.lost} aria-label="What is lost">
            {plan.lost.map((each) => (
              <li key={`${each.field} ${each.why}`}>
                <strong>{each.field}</strong>
                <span className={styles.lostCount}>{plural(each.pairs, 'pair')}</span>
                <span className={styles.why}>{each.why}</span>
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  )
}

const Number = ({ name, value, detail }: { name: string; value: string; detail?: string }) => (
  <div>
    <dt>{isolated(name)}</dt>
    <dd>{value}</dd>
    {detail && <dd className={styles.detail}>{detail}</dd>}
  </div>
)
