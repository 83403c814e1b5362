import { ArrowRight } from 'lucide-react'
import type { NextStep, Report } from '../../../src/contract/overview.ts'
import { client } from '../../api/client.ts'
import { openDialog } from '../../state/dialogs.ts'
import { navigate } from '../../state/location.ts'
import { pairsPath } from '../../state/pair-query.ts'
import { Button } from '../../ui/Button.tsx'
import { toastError } from '../../ui/overlays/Toast.tsx'
import { watchJob } from '../jobs/watch.ts'
import { linksOf } from './links.ts'
import { words } from '../../words/words.ts'
import styles from './OverviewPage.module.css'

const t = words.overview

/** Steps that change the project; the others lead somewhere. */
const CHANGING: ReadonlySet<NextStep['action']> = new Set<NextStep['action']>(['import', 'stronger-proxy', 'probe', 'rescan', 'stability'])

/** What to do next, each step with the button that does it. */
export function NextSteps({ report }: { report: Report }) {
  return (
    <ol className={styles.steps}>
      {report.verdict.steps.map((step) => (
        <li key={step.action}>
          <span>{step.text}</span>
          <Button size="small" changes={CHANGING.has(step.action)} icon={ArrowRight} onClick={() => take(step.action, report)}>
            {t(`step.${step.action}`)}
          </Button>
        </li>
      ))}
    </ol>
  )
}

function take(action: NextStep['action'], report: Report): void {
  switch (action) {
    case 'import':
      return navigate('/import')
    case 'stronger-proxy':
    case 'rescan':
      return openDialog('scan')
    case 'probe':
      return openDialog('probe')
    case 'shortcut-prone':
      return navigate(pairsPath(linksOf(report).shortcutProne()))
    case 'suspects':
      return navigate(pairsPath(linksOf(report).suspects(), '-suspect'))
    case 'train':
      return navigate('/training')
    case 'stability':
      return void repeatWithOtherSeeds()
    case 'reasons': {
      const found = document.getElementById('reasons')
      found?.scrollIntoView({ block: 'start' })
      return found?.focus({ preventScroll: true })
    }
  }
}

/** Starts the blind test with other seeds; a toast reports the end. */
export async function repeatWithOtherSeeds(): Promise<void> {
  try {
    watchJob((await client.scan.stability({})).jobId)
  } catch (error) {
    toastError(error)
  }
}
