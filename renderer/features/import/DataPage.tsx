import { useQuery } from '@tanstack/react-query'
import { Database, Download, FlaskConical, Import as ImportIcon } from 'lucide-react'
import { Link, useSearch } from 'wouter'
import type { ProjectInfo } from '../../../src/contract/projects.ts'
import { api } from '../../api/client.ts'
import { openDialog } from '../../state/dialogs.ts'
import { navigate } from '../../state/location.ts'
import { pairsPath } from '../../state/pair-query.ts'
import { Badge } from '../../ui/Badge.tsx'
import { Button } from '../../ui/Button.tsx'
import { count, percent, percentInterval, plural, time } from '../../ui/format.ts'
import { Page } from '../../ui/Panel.tsx'
import { EmptyState, ErrorState, Skeleton } from '../../ui/states.tsx'
import { Table } from '../../ui/Table.tsx'
import { Tabs } from '../../ui/Tabs.tsx'
import { KINDS, STATUSES } from '../jobs/job-text.ts'
import styles from './DataPage.module.css'
import { Quarantine } from './Quarantine.tsx'

const TABS = ['sources', 'imports', 'quarantine'] as const
type TabId = (typeof TABS)[number]

/** What the project holds, where it came from, and what was refused. */
export function DataPage() {
  const project = useQuery(api.projects.current.queryOptions())
  const asked = new URLSearchParams(useSearch()).get('tab')
  const tab: TabId = TABS.find((id) => id === asked) ?? 'sources'
  const info = project.data
  return (
    <Page
      title="Data"
      detail={info && `${plural(info.pairs, 'pair')} · ${plural(info.images, 'image')}`}
      actions={
        <>
          <Button icon={Download} shortcut="Mod+E" hint="Export" disabled={!info?.pairs} onClick={() => openDialog('export')}>
            Export…
          </Button>
          <Button icon={ImportIcon} tone="primary" shortcut="Mod+I" hint="Import" onClick={() => navigate('/import')}>
            Import…
          </Button>
        </>
      }
    >
      <Tabs
        label="Data"
        value={tab}
        onChange={(id) => navigate(`/data?tab=${id}`, { replace: true })}
        tabs={[
          { id: 'sources', label: 'Sources' },
          { id: 'imports', label: 'Imports' },
          { id: 'quarantine', label: <>Quarantine {info && info.quarantined > 0 && <Badge tone="warning">{count(info.quarantined)}</Badge>}</> },
        ]}
      >
        {!info ? <Skeleton lines={6} /> : tab === 'sources' ? <Sources project={info} /> : tab === 'imports' ? <Imports /> : <Quarantine />}
      </Tabs>
    </Page>
  )
}

function Sources({ project }: { project: ProjectInfo }) {
  const report = useQuery(api.scan.report.queryOptions())
  const blind = new Map(report.data?.bySource.map((each) => [each.source, each.blindAccuracy]))
  if (project.sources.length === 0) {
    return (
      <EmptyState
        icon={Database}
        title="No data yet"
        actions={
          <>
            <Button tone="primary" icon={ImportIcon} onClick={() => navigate('/import')}>
              Import a file…
            </Button>
            <Button icon={FlaskConical} onClick={() => openDialog('demo')}>
              Add demo data…
            </Button>
          </>
        }
      >
        <p>Import preference pairs with their images. Each file belongs to a source: the environment its pairs come from.</p>
      </EmptyState>
    )
  }
  return (
    <div className={styles.card}>
      <Table
        label="Sources"
        rows={project.sources}
        rowKey={(source) => source.name}
        onOpen={(source) => navigate(pairsPath({ sources: [source.name] }))}
        columns={[
          { id: 'name', header: 'Source', cell: (source) => <Link href={pairsPath({ sources: [source.name] })}>{source.name}</Link> },
          {
            id: 'splits',
            header: 'Splits',
            cell: (source) => (
              <span className={styles.badges}>
                {source.splits.map((split) => (
                  <Badge key={split}>{split || 'no split'}</Badge>
                ))}
              </span>
            ),
          },
          { id: 'pairs', header: 'Pairs', align: 'end', width: '120px', cell: (source) => count(source.pairs) },
          {
            id: 'blind',
            header: 'Blind accuracy',
            align: 'end',
            width: '240px',
            cell: (source) => {
              const estimate = blind.get(source.name)
              return estimate ? (
                <>
                  {percent(estimate.value)} <span className={styles.interval}>{percentInterval(estimate)}</span>
                </>
              ) : (
                'Not tested yet'
              )
            },
          },
        ]}
      />
    </div>
  )
}

function Imports() {
  const jobs = useQuery(api.jobs.list.queryOptions())
  if (jobs.isPending) return <Skeleton lines={5} />
  if (jobs.isError) return <ErrorState error={jobs.error} onRetry={() => void jobs.refetch()} />
  const rows = jobs.data.filter((job) => ['import', 'retry', 'demo'].includes(job.kind)).sort((a, b) => b.createdAt.localeCompare(a.createdAt))
  if (rows.length === 0) return <EmptyState icon={ImportIcon} title="Nothing was imported yet" />
  const number = (name: string) => ({
    id: name,
    header: { records: 'Records', imported: 'Imported', skipped: 'Already there', quarantined: 'Quarantined' }[name],
    align: 'end' as const,
    width: '110px',
    cell: (job: (typeof rows)[number]) => {
      const value = job.state.status === 'succeeded' ? job.state.result[name] : undefined
      return typeof value === 'number' ? count(value) : '–'
    },
  })
  return (
    <div className={styles.card}>
      <Table
        label="Imports"
        rows={rows}
        rowKey={(job) => job.id}
        onOpen={(job) => navigate(`/jobs?job=${encodeURIComponent(job.id)}`)}
        columns={[
          { id: 'title', header: 'Import', cell: (job) => <Link href={`/jobs?job=${encodeURIComponent(job.id)}`}>{job.title}</Link> },
          { id: 'kind', header: 'Kind', width: '200px', cell: (job) => KINDS[job.kind] },
          { id: 'when', header: 'When', width: '160px', cell: (job) => time(job.createdAt) },
          { id: 'status', header: 'State', width: '110px', cell: (job) => <Badge tone={STATUSES[job.state.status].tone}>{STATUSES[job.state.status].label}</Badge> },
          number('records'),
          number('imported'),
          number('skipped'),
          number('quarantined'),
        ]}
      />
    </div>
  )
}
