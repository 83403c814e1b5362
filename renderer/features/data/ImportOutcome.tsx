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
import { plural } from '../../../src/core/format.ts'
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
          {named && (
            <span className={styles.file}>
              from <bdi>{fileName(run.file)}</bdi>
            </span>
          )}
        </span>
      </h2>
      {result.pairs > 0 && (
        <ShareBar
          label="Import result"
          parts={[
            { label: 'imported', value: result.imported, color: FATES.imported },
            {
              label: 'there already',
              value: result.skipped,
              color: FATES.skipped,
              detail: result.skipped > 0 && (
                <Button size="small" className={styles.which} onClick={() => setSkipped(true)}>
                  Which?
                </Button>
              ),
            },
            { label: 'quarantined', value: result.quarantined, color: FATES.quarantined },
          ]}
        />
      )}
      <p className={styles.facts}>
        {plural(result.records, 'record')} read
        {result.pairs !== result.records && `, which state ${plural(result.pairs, 'pair')}`} · {plural(result.images, 'new image')}
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
    <Panel title="Next steps">
      <ul className={styles.steps}>
        {waiting > 0 && (
          <Step
            icon={FileUp}
            title={`${plural(waiting, 'file')} ${waiting === 1 ? 'is' : 'are'} still to be imported`}
            action={<CommandButton command={again} icon={undefined} />}
          />
        )}
        {sum('incomplete') > 0 && (
          <Step
            icon={ImageOff}
            title={`${plural(sum('incomplete'), 'pair')} ${sum('incomplete') === 1 ? 'has' : 'have'} missing images`}
            detail="Choose an image folder, or allow a host, to complete them."
            action={<Button onClick={() => navigate('/data?tab=images')}>Find images</Button>}
          />
        )}
        {sum('quarantined') > 0 && (
          <Step
            icon={ShieldAlert}
            title={`${plural(sum('quarantined'), 'record')} could not be read`}
            detail="Each is kept with its row and the reason."
            action={<Button onClick={() => navigate('/data?tab=quarantine')}>Show quarantine</Button>}
          />
        )}
        {repeats.length > 0 && (
          <Step
            icon={CopyCheck}
            title="Some pairs of this project repeat others"
            detail={repeats.map(({ kind, pairs }) => `${DUPLICATE_WORDS[kind].label}: ${plural(pairs, 'pair')}`).join(' · ')}
            action={<Button onClick={() => navigate('/data?tab=duplicates')}>Show duplicates</Button>}
          />
        )}
        {sum('tied') > 0 && (
          <Step
            icon={Scale}
            title={`${plural(sum('tied'), 'pair')} ${sum('tied') === 1 ? 'is a tie' : 'are ties'}`}
            detail="Judged equally good. Kept, and excluded from training."
            action={<Button onClick={() => navigate(pairsPath({ sources, statuses: ['tied'] }))}>Show ties</Button>}
          />
        )}
        <Step
          icon={FlaskConical}
          title="How much does the text alone give away?"
          detail="The blind test measures it."
          action={
            <Button tone={imported > 0 ? 'primary' : 'plain'} changes onClick={() => openDialog('scan')}>
              Run blind test…
            </Button>
          }
        />
        <Step
          icon={ListChecks}
          title="Imported pairs"
          action={
            <>
              <Button onClick={() => navigate(pairsPath({ sources }))}>Show pairs</Button>
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
