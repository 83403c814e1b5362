import { useQuery } from '@tanstack/react-query'
import { FileDown, FlaskConical, Import as ImportIcon, RotateCw, Sparkles } from 'lucide-react'
import type { Report } from '../../../src/contract/overview.ts'
import { api, client } from '../../api/client.ts'
import { saveTo } from '../../files/save.ts'
import { openDialog } from '../../state/dialogs.ts'
import { navigate } from '../../state/location.ts'
import { Button } from '../../ui/Button.tsx'
import { classes } from '../../ui/class-names.ts'
import { percent, time } from '../../../src/core/format.ts'
import { Page } from '../../ui/Panel.tsx'
import { EmptyState, ErrorState, Skeleton } from '../../ui/states.tsx'
import { toast, toastError } from '../../ui/overlays/Toast.tsx'
import { copyText } from '../export/copy.ts'
import { BlindAccuracy } from './BlindAccuracy.tsx'
import { AuditDistribution, TextDistribution } from './charts/Distributions.tsx'
import { Features } from './reasons/Features.tsx'
import { LossScatter } from './charts/LossScatter.tsx'
import { NextSteps } from './NextSteps.tsx'
import { words } from '../../words/words.ts'
import styles from './OverviewPage.module.css'
import { Quadrants } from './charts/Quadrants.tsx'
import { Reference } from './Reference.tsx'
import { Calibration, LearningCurve } from './charts/Calibration.tsx'
import { Slices } from './Slices.tsx'
import { StaleHint } from './scan/StaleHint.tsx'
import { TextOnly } from './reasons/TextOnly.tsx'
import { StabilityPanel } from './StabilityPanel.tsx'
import { isLive } from '../../../src/core/vocabulary.ts'

const t = words.overview

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
      hint={t('runHint')}
      busy={scanning}
      onClick={() => openDialog('scan')}
    >
      {scanning ? t('running') : t('run')}
    </Button>
  )
  if (project.data && project.data.pairs === 0) {
    return (
      <Page title={t('title')}>
        <EmptyState
          icon={ImportIcon}
          title={t('noPairs.title')}
          actions={
            <>
              <Button
                tone="primary"
                changes
                icon={ImportIcon}
                shortcut="Mod+I"
                hint={t('noPairs.importHint')}
                onClick={() => navigate('/import')}
              >
                {t('noPairs.import')}
              </Button>
              <Button changes icon={Sparkles} onClick={() => openDialog('demo')}>
                {t('noPairs.demo')}
              </Button>
            </>
          }
        >
          <p>{t('noPairs.detail')}</p>
        </EmptyState>
      </Page>
    )
  }
  if (report.isError) {
    return (
      <Page title={t('title')}>
        <ErrorState error={report.error} onRetry={() => void report.refetch()} />
      </Page>
    )
  }
  if (report.isPending || !project.data) {
    return (
      <Page title={t('title')}>
        <Skeleton lines={8} label={t('loading')} />
      </Page>
    )
  }
  if (!report.data) {
    return (
      <Page title={t('title')} detail={t('pairs', { count: project.data.pairs })}>
        <EmptyState icon={FlaskConical} title={t('notScored.title')} actions={runButton}>
          <p>{t('notScored.detail', { count: project.data.pairs })}</p>
        </EmptyState>
      </Page>
    )
  }
  return <ReportView report={report.data} scanning={scanning} />
}

function ReportView({ report, scanning }: { report: Report; scanning: boolean }) {
  return (
    <Page
      title={t('title')}
      detail={t('size', { pairs: report.pairs, images: report.images })}
      actions={
        <>
          <Button icon={FileDown} hint={t('saveReportHint')} onClick={() => void saveReport(report.project)}>
            {t('saveReport')}
          </Button>
          <Button
            changes
            icon={RotateCw}
            shortcut="Mod+Shift+B"
            hint={t('runAgainHint')}
            busy={scanning}
            onClick={() => openDialog('scan')}
          >
            {scanning ? t('running') : t('runAgain')}
          </Button>
        </>
      }
    >
      <StaleHint report={report} scanning={scanning} />
      <section className={classes(styles.verdict, styles[report.verdict.level])} aria-label={t('verdict')}>
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
      <footer className={styles.provenance}>{provenanceOf(report)}</footer>
    </Page>
  )
}

/** How the numbers came about, in one line. */
function provenanceOf(report: Report): string {
  const { scoredAt, proxy, model, units, folds, seed, inSampleAccuracy } = report.provenance
  const by = { time: time(scoredAt), proxy }
  return [
    model ? t('provenance.scoredWith', { ...by, model: model.name }) : t('provenance.scored', by),
    ...(units ? [t('provenance.units', { units })] : []),
    t('provenance.folds', { count: folds, seed: String(seed) }),
    scoredText(report),
    t('provenance.inSample', { accuracy: percent(inSampleAccuracy) }),
  ].join(' · ')
}

/** How many pairs the report is about; text-only pairs beside pairs with images are counted apart. */
function scoredText({ scored, pairs, judged, groups, textOnly }: Report): string {
  if (!textOnly) return t('provenance.pairs', { scored, pairs, groups })
  return t('provenance.mixed', { scored, pairs, judged, groups, textOnly: textOnly.pairs, textGroups: textOnly.groups })
}

async function saveReport(project: string): Promise<void> {
  try {
    const saved = await saveTo({ title: t('saveReportTitle'), suggested: `${project}-blind-test.html` }, (file, replace) =>
      client.scan.saveReport({ file, replace }),
    )
    if (saved === null) return
    const { file } = saved
    toast(t('reportSaved'), { detail: file, action: { label: t('copyPath'), onClick: () => void copyText(file) } })
  } catch (error) {
    toastError(error)
  }
}
