import { useQuery } from '@tanstack/react-query'
import { CircleAlert, CircleCheck, CopyCheck, FileUp, FlaskConical, ImageOff, ListChecks, Scale, ShieldAlert } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import type { ImportResult } from '../../../src/contract/imports.ts'
import { api } from '../../api/client.ts'
import { CommandButton } from '../../commands/CommandButton.tsx'
import type { Command } from '../../commands/registry.ts'
import { openDialog } from '../../state/dialogs.ts'
import { navigate } from '../../state/location.ts'
import { pairsPath } from '../../state/pair-query.ts'
import { Button, type Icon } from '../../ui/Button.tsx'
import { Panel } from '../../ui/Panel.tsx'
import { ShareBar } from '../../ui/charts/ShareBar.tsx'
import { DUPLICATE_WORDS } from '../../../src/core/labels.ts'
import { FATES } from '../import/columns/colors.ts'
import { isolated } from '../../ui/text/direction.ts'
import styles from './ImportRuns.module.css'
import { Remarks } from './Remarks.tsx'
import { SkippedDialog } from './SkippedDialog.tsx'
import type { Run } from '../import/wizard.ts'
import { fileName, outcome } from '../import/import-words.ts'
import { words } from '../../words/words.ts'

const t = words.data

/** What became of every pair of a file: imported, there already, or quarantined, which together is all of them. */
export function ImportOutcome({ result, run, named }: { result: ImportResult; run: Run; named: boolean }) {
  const [skipped, setSkipped] = useState(false)
  // A job of an older version has none.
  const remarks = (result as Partial<ImportResult>).remarks ?? []
  const good = result.imported > 0 || result.quarantined === 0
  const Mark = good ? CircleCheck : CircleAlert
  return (
    <Panel>
      <h2 className={styles.head} data-tone={good ? 'success' : 'warning'}>
        <Mark size={18} aria-hidden />
        <span>
          {isolated(outcome(result, run.source))}{' '}
          {named && <span className={styles.file}>{t.rich('outcome.fromFile', { file: () => <bdi>{fileName(run.file)}</bdi> })}</span>}
        </span>
      </h2>
      {result.pairs > 0 && (
        <ShareBar
          label={t('outcome.share')}
          parts={[
            { label: t('fate.imported'), value: result.imported, color: FATES.imported },
            {
              label: t('fate.skipped'),
              value: result.skipped,
              color: FATES.skipped,
              detail: result.skipped > 0 && (
                <Button size="small" className={styles.which} onClick={() => setSkipped(true)}>
                  {t('outcome.showSkipped')}
                </Button>
              ),
            },
            { label: t('fate.quarantined'), value: result.quarantined, color: FATES.quarantined },
          ]}
        />
      )}
      <p className={styles.facts}>
        {[
          t('outcome.records', { records: result.records }),
          result.pairs !== result.records && t('outcome.pairs', { pairs: result.pairs }),
          t('outcome.images', { images: result.images }),
        ]
          .filter(Boolean)
          .join(' · ')}
      </p>
      {remarks.length > 0 && <Remarks remarks={remarks} when="after" />}
      {skipped && <SkippedDialog jobId={run.jobId} total={result.skipped} onClose={() => setSkipped(false)} />}
    </Panel>
  )
}

/** What to look at now, most pressing first, and where to go from here. */
export function NextSteps({
  results,
  waiting,
  sources,
  again,
}: {
  results: readonly ImportResult[]
  waiting: number
  sources: string[]
  again: Command
}) {
  const duplicates = useQuery(api.duplicates.summary.queryOptions())
  const sum = (key: Exclude<keyof ImportResult, 'remarks'>) => results.reduce((total, result) => total + result[key], 0)
  const repeats = (duplicates.data?.kinds ?? []).filter(({ pairs }) => pairs > 0)
  const imported = sum('imported')
  return (
    <Panel title={t('next.title')}>
      <ul className={styles.steps}>
        {waiting > 0 && (
          <Step icon={FileUp} title={t('next.waiting', { count: waiting })} action={<CommandButton command={again} icon={undefined} />} />
        )}
        {sum('incomplete') > 0 && (
          <Step
            icon={ImageOff}
            title={t('next.incomplete', { count: sum('incomplete') })}
            detail={t('next.incompleteDetail')}
            action={<Button onClick={() => navigate('/data?tab=images')}>{t('next.findImages')}</Button>}
          />
        )}
        {sum('quarantined') > 0 && (
          <Step
            icon={ShieldAlert}
            title={t('next.quarantined', { count: sum('quarantined') })}
            detail={t('next.quarantinedDetail')}
            action={<Button onClick={() => navigate('/data?tab=quarantine')}>{t('next.showQuarantine')}</Button>}
          />
        )}
        {repeats.length > 0 && (
          <Step
            icon={CopyCheck}
            title={t('next.duplicates')}
            detail={repeats
              .map(({ kind, pairs }) => t('next.duplicatesOf', { kind: DUPLICATE_WORDS[kind].label, count: pairs }))
              .join(' · ')}
            action={<Button onClick={() => navigate('/data?tab=duplicates')}>{t('next.showDuplicates')}</Button>}
          />
        )}
        {sum('tied') > 0 && (
          <Step
            icon={Scale}
            title={t('next.tied', { count: sum('tied') })}
            detail={t('next.tiedDetail')}
            action={<Button onClick={() => navigate(pairsPath({ sources, statuses: ['tied'] }))}>{t('next.showTied')}</Button>}
          />
        )}
        <Step
          icon={FlaskConical}
          title={t('next.blindTest')}
          detail={t('next.blindTestDetail')}
          action={
            <Button tone={imported > 0 ? 'primary' : 'plain'} changes onClick={() => openDialog('scan')}>
              {t('next.runBlindTest')}
            </Button>
          }
        />
        <Step
          icon={ListChecks}
          title={t('next.pairs')}
          action={
            <>
              <Button onClick={() => navigate(pairsPath({ sources }))}>{t('next.showPairs')}</Button>
              {waiting === 0 && <CommandButton command={again} />}
            </>
          }
        />
      </ul>
    </Panel>
  )
}

function Step({ icon: StepIcon, title, detail, action }: { icon: Icon; title: string; detail?: string; action: ReactNode }) {
  return (
    <li>
      <StepIcon size={18} aria-hidden />
      <div className={styles.step}>
        {title}
        {detail && <span>{detail}</span>}
      </div>
      <div className={styles.buttons}>{action}</div>
    </li>
  )
}
