import { useQuery } from '@tanstack/react-query'
import { FileDown, FlaskConical, Import as ImportIcon, RotateCw, Sparkles } from 'lucide-react'
import type { Report } from '../../../src/contract/overview.ts'
import { api, client } from '../../api/client.ts'
import { saveTo } from '../../files/save.ts'
import { openDialog } from '../../state/dialogs.ts'
import { navigate } from '../../state/location.ts'
import { Button } from '../../ui/Button.tsx'
import { classes } from '../../ui/class-names.ts'
import { count, percent, plural, time } from '../../../src/core/format.ts'
import { Page } from '../../ui/Panel.tsx'
import { EmptyState, ErrorState, Skeleton } from '../../ui/states.tsx'
import { toast, toastError } from '../../ui/overlays/Toast.tsx'
import { copyText } from '../export/copy.ts'
import { BlindAccuracy } from './BlindAccuracy.tsx'
import { AuditDistribution, TextDistribution } from './charts/Distributions.tsx'
import { Features } from './reasons/Features.tsx'
import { LossScatter } from './charts/LossScatter.tsx'
import { NextSteps } from './NextSteps.tsx'
import styles from './OverviewPage.module.css'
import { Quadrants } from './charts/Quadrants.tsx'
import { Reference } from './Reference.tsx'
import { Calibration, LearningCurve } from './charts/Calibration.tsx'
import { Slices } from './Slices.tsx'
import { StaleHint } from './scan/StaleHint.tsx'
import { TextOnly } from './reasons/TextOnly.tsx'
import { StabilityPanel } from './StabilityPanel.tsx'
import { isLive } from '../../../src/core/vocabulary.ts'

/** The blind test of the whole project: how well the text alone predicts the labels, where, and by which cues. */
export function OverviewPage() {
  const project = useQuery(api.projects.current.queryOptions())
  const report = useQuery(api.scan.report.queryOptions())
  const jobs = useQuery(api.jobs.list.queryOptions())
  const scanning = (jobs.data ?? []).some((job) => job.kind === 'scan' && isLive(job))

  const runButton = (
    <Button
      tone="primary"
      changes
      icon={FlaskConical}
      shortcut="Mod+Shift+B"
      hint="Run blind test"
      busy={scanning}
      onClick={() => openDialog('scan')}
    >
      {scanning ? 'Blind test is running…' : 'Run the blind test…'}
    </Button>
  )
  if (project.data && project.data.pairs === 0) {
    return (
      <Page title="Overview">
        <EmptyState
          icon={ImportIcon}
          title="This project has no pairs yet"
          actions={
            <>
              <Button tone="primary" changes icon={ImportIcon} shortcut="Mod+I" hint="Import" onClick={() => navigate('/import')}>
                Import a file…
              </Button>
              <Button changes icon={Sparkles} onClick={() => openDialog('demo')}>
                Add demo data…
              </Button>
            </>
          }
        >
          <p>Import preference pairs, then run the blind test: it shows how well the text alone predicts the labels.</p>
        </EmptyState>
      </Page>
    )
  }
  if (report.isError) {
    return (
      <Page title="Overview">
        <ErrorState error={report.error} onRetry={() => void report.refetch()} />
      </Page>
    )
  }
  if (report.isPending || !project.data) {
    return (
      <Page title="Overview">
        <Skeleton lines={8} label="Loading the report" />
      </Page>
    )
  }
  if (!report.data) {
    return (
      <Page title="Overview" detail={plural(project.data.pairs, 'pair')}>
        <EmptyState icon={FlaskConical} title="How much does the text alone give away?" actions={runButton}>
          <p>
            The blind test fits a text-only proxy to these {plural(project.data.pairs, 'pair')} and scores every pair held out. It never
            sees an image.
          </p>
        </EmptyState>
      </Page>
    )
  }
  return <ReportView report={report.data} scanning={scanning} />
}

function ReportView({ report, scanning }: { report: Report; scanning: boolean }) {
  const { provenance } = report
  return (
    <Page
      title="Overview"
      detail={`${plural(report.pairs, 'pair')} · ${plural(report.images, 'image')}`}
      actions={
        <>
          <Button icon={FileDown} hint="Save as one HTML file that opens without Blindfold" onClick={() => void saveReport(report.project)}>
            Save report…
          </Button>
          <Button
            changes
            icon={RotateCw}
            shortcut="Mod+Shift+B"
            hint="Run the blind test again"
            busy={scanning}
            onClick={() => openDialog('scan')}
          >
            {scanning ? 'Blind test is running…' : 'Run again…'}
          </Button>
        </>
      }
    >
      <StaleHint report={report} scanning={scanning} />
      <section className={classes(styles.verdict, styles[report.verdict.level])} aria-label="Verdict">
        <p className={styles.sentence}>{report.verdict.sentence}</p>
        <NextSteps report={report} />
      </section>
      <BlindAccuracy report={report} />
      <TextOnly report={report} />
      <Slices report={report} />
      <div className={styles.columns}>
        <TextDistribution report={report} />
        <AuditDistribution report={report} />
        <Quadrants report={report} />
        {report.scatter && <LossScatter report={report} scatter={report.scatter} />}
      </div>
      <Reference report={report} />
      <Features report={report} />
      <div className={styles.columns}>
        <LearningCurve report={report} />
        <Calibration report={report} />
      </div>
      <StabilityPanel report={report} />
      <footer className={styles.provenance}>
        Scored {time(provenance.scoredAt)} by the {provenance.proxy} proxy{provenance.model && ` with ${provenance.model.name}`}
        {provenance.units && ` · Units: ${provenance.units}`} · {provenance.folds} grouped folds, seed {provenance.seed} ·{' '}
        {scoredText(report)} · accuracy on its own training pairs {percent(provenance.inSampleAccuracy)}, which the blind test does not
        count
      </footer>
    </Page>
  )
}

/** How many pairs the report is about; text-only pairs beside pairs with images are counted apart. */
function scoredText({ scored, pairs, judged, groups, textOnly }: Report): string {
  if (!textOnly) return `${count(scored)} of ${count(pairs)} pairs in ${plural(groups, 'group')}`
  return `${count(scored)} of ${count(pairs)} pairs: ${count(judged)} that name an image, in ${plural(groups, 'group')}, and ${count(textOnly.pairs)} text-only, in ${plural(textOnly.groups, 'group')}`
}

async function saveReport(project: string): Promise<void> {
  try {
    const saved = await saveTo({ title: 'Save report', suggested: `${project}-blind-test.html` }, (file, replace) =>
      client.scan.saveReport({ file, replace }),
    )
    if (saved === null) return
    const { file } = saved
    toast('The report is saved', { detail: file, action: { label: 'Copy path', onClick: () => void copyText(file) } })
  } catch (error) {
    toastError(error)
  }
}
