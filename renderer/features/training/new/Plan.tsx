import { keepPreviousData, useQueries } from '@tanstack/react-query'
import { Play } from 'lucide-react'
import { useRef, useState } from 'react'
import type { TrainOptions } from '../../../../src/contract/training.ts'
import { api, client } from '../../../api/client.ts'
import { failureOf } from '../../../api/failure.ts'
import { CommandButton } from '../../../commands/CommandButton.tsx'
import { type Command, useCommands } from '../../../commands/registry.ts'
import { navigate } from '../../../state/location.ts'
import { count } from '../../../../src/core/format.ts'
import { Panel } from '../../../ui/Panel.tsx'
import { FailureNote } from '../../../ui/states.tsx'
import { toast, toastError } from '../../../ui/overlays/Toast.tsx'
import { words } from '../../../words/words.ts'
import { isolated } from '../../../ui/text/direction.ts'
import styles from '../TrainingPage.module.css'

const t = words.training

/** What the choice would train and test on, asked of the backend with every change, and the button that starts it. */
export function Plan({ runs, valid }: { runs: readonly TrainOptions[]; valid: boolean }) {
  const [busy, setBusy] = useState(false)
  const starting = useRef(false)
  const plans = useQueries({
    queries: runs.map(({ sources, filter, seed }) =>
      api.training.plan.queryOptions({ input: { sources, filter, seed }, placeholderData: keepPreviousData, enabled: valid }),
    ),
  })
  const failed = plans.find((plan) => plan.isError)
  const ready = valid && runs.length > 0 && !failed
  const [first] = runs

  const start = async () => {
    if (starting.current) return
    starting.current = true
    setBusy(true)
    try {
      let runId = ''
      for (const run of runs) runId = (await client.training.start(run)).runId
      if (runs.length === 1) navigate(`/training/${runId}`)
      else toast(t('plan.started', { count: runs.length }), { detail: t('plan.startedDetail') })
    } catch (error) {
      toastError(error)
    } finally {
      starting.current = false
      setBusy(false)
    }
  }
  const command: Command = {
    id: 'training.start',
    label: t(`plan.start.${first?.method ?? 'none'}`),
    keys: ['Mod+Enter'],
    group: t('group'),
    icon: Play,
    changes: true,
    predicate: () => ready && !busy,
    perform: start,
  }
  useCommands([command])
  const tests = plans.find((plan) => plan.data)?.data?.testSets ?? []
  return (
    <Panel className={styles.plan} title={t('plan.title')} actions={<CommandButton command={command} tone="primary" busy={busy} />}>
      {runs.length === 0 ? (
        <p className={styles.quiet}>{t('plan.noSource')}</p>
      ) : failed ? (
        <FailureNote failure={failureOf(failed.error)} />
      ) : (
        <dl className={styles.planFacts}>
          {runs.map((run, i) => {
            const data = plans[i]?.data
            return (
              <div key={run.sources.join('+')}>
                <dt>{t('plan.trainOn', { sources: isolated(run.sources.join(' + ')) })}</dt>
                <dd>
                  {data ? t('plan.pairs', { count: data.trainPairs }) : '…'}
                  {data && Number.isFinite(run.batchSize) && (
                    <span className={styles.quiet}>
                      {t('plan.steps', { count: Math.ceil(data.trainPairs / run.batchSize) * run.epochs })}
                    </span>
                  )}
                  {data && data.incomplete > 0 && <span className={styles.quiet}>{t('plan.incomplete', { count: data.incomplete })}</span>}
                </dd>
              </div>
            )
          })}
          <div>
            <dt>{t('plan.testOn')}</dt>
            <dd>{tests.length > 0 ? tests.map((test) => isolated(`${test.source} ${count(test.pairs)}`)).join(' · ') : '…'}</dd>
          </div>
        </dl>
      )}
    </Panel>
  )
}
