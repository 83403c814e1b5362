import { CircleAlert, CircleCheck } from 'lucide-react'
import type { ExportPlan } from '../../../src/contract/exports.ts'
import { failureOf } from '../../api/failure.ts'
import { classes } from '../../ui/class-names.ts'
import { bytes, count } from '../../../src/core/format.ts'
import { FailureNote, Skeleton } from '../../ui/states.tsx'
import { isolated } from '../../ui/text/direction.ts'
import styles from './ExportDialog.module.css'
import { words } from '../../words/words.ts'

const t = words.export

/** Splits that are named; the others are counted. */
const SPLITS_SHOWN = 6

/** What would be written, and what would be lost. `old`: it speaks of the choices before the last change. */
export function ExportPlanView({ plan, old, error }: { plan: ExportPlan | null; old: boolean; error: unknown }) {
  if (error) return <FailureNote failure={failureOf(error)} />
  if (!plan) return <Skeleton lines={3} label={t('plan.loading')} />
  return (
    <section className={classes(styles.plan, old && styles.old)} aria-label={t('plan.label')} aria-busy={old}>
      {plan.obstacle && <FailureNote failure={{ message: t('plan.obstacle'), remedy: plan.obstacle }} />}
      <dl className={styles.numbers}>
        <Number name={t('plan.pairs')} value={count(plan.pairs)} />
        <Number
          name={t('plan.images')}
          value={plan.images === 0 ? t('plan.noImages') : t('plan.imagesSize', { count: plan.images, size: bytes(plan.imageBytes) })}
        />
        {plan.splits.slice(0, SPLITS_SHOWN).map((split) => (
          <Number
            key={split.split}
            name={t('plan.split', { split: split.split })}
            value={count(split.pairs)}
            detail={split.files.length === 1 ? split.files[0] : t('plan.files', { count: split.files.length })}
          />
        ))}
        {plan.splits.length > SPLITS_SHOWN && <Number name={t('plan.otherSplits')} value={count(plan.splits.length - SPLITS_SHOWN)} />}
      </dl>
      {plan.pairs === 0 ? (
        <p className={styles.verdict}>{t('plan.empty')}</p>
      ) : plan.lost.length === 0 ? (
        <p className={styles.verdict}>
          <CircleCheck size={15} aria-hidden data-good /> {t('plan.lossless')}
        </p>
      ) : (
        <>
          <p className={styles.verdict}>
            <CircleAlert size={15} aria-hidden /> {t('plan.lossy')}
          </p>
          <ul className={styles.lost} aria-label={t('plan.lost')}>
            {plan.lost.map((each) => (
              <li key={`${each.field} ${each.why}`}>
                <strong>{each.field}</strong>
                <span className={styles.lostCount}>{t('plan.lostPairs', { count: each.pairs })}</span>
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
