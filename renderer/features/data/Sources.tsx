import { useQuery } from '@tanstack/react-query'
import { Database, FlaskConical, Import as ImportIcon } from 'lucide-react'
import { Link } from 'wouter'
import type { ProjectInfo } from '../../../src/contract/projects.ts'
import { api } from '../../api/client.ts'
import { openDialog } from '../../state/dialogs.ts'
import { navigate } from '../../state/location.ts'
import { pairsPath } from '../../state/pair-query.ts'
import { Button } from '../../ui/Button.tsx'
import { count, percent, percentInterval } from '../../../src/core/format.ts'
import { ShareBar } from '../../ui/charts/ShareBar.tsx'
import { EmptyState } from '../../ui/states.tsx'
import { Table } from '../../ui/Table.tsx'
import { splitColor } from '../import/columns/colors.ts'
import styles from './DataPage.module.css'
import { words } from '../../words/words.ts'

const t = words.data

/** Each source with its pairs by split: how large it is beside the largest, and how it is divided. */
export function Sources({ project }: { project: ProjectInfo }) {
  const report = useQuery(api.scan.report.queryOptions())
  const quarantine = useQuery(api.imports.quarantine.queryOptions({ input: { limit: 1 } }))
  const blind = new Map(report.data?.bySource.map((each) => [each.source, each.blindAccuracy]))
  const refused = new Map(quarantine.data?.sources.map(({ value, count: rows }) => [value, rows]))
  if (project.sources.length === 0) return <NoSources />
  const splits = [...new Set(project.sources.flatMap(({ parts }) => parts.map(({ split }) => split)))]
  const color = (split: string) => splitColor(splits.indexOf(split))
  const largest = Math.max(1, ...project.sources.map(({ pairs }) => pairs))
  return (
    <div className={styles.card}>
      <Table
        label={t('sources.label')}
        rows={project.sources}
        rowKey={(source) => source.name}
        onOpen={(source) => navigate(pairsPath({ sources: [source.name] }))}
        columns={[
          {
            id: 'name',
            header: t('sources.source'),
            width: '24%',
            cell: (source) => (
              <Link href={pairsPath({ sources: [source.name] })} onClick={(event) => event.stopPropagation()}>
                <bdi>{source.name}</bdi>
              </Link>
            ),
          },
          { id: 'pairs', header: t('sources.pairs'), align: 'end', width: '90px', cell: (source) => count(source.pairs) },
          {
            id: 'splits',
            header: t('sources.splits'),
            cell: (source) => (
              <div className={styles.splits}>
                <div style={{ width: `max(12px, ${(source.pairs / largest) * 100}%)` }}>
                  <ShareBar
                    compact
                    label={t('sources.splitsOf', { source: source.name })}
                    parts={source.parts.map(({ split, pairs }) => ({
                      label: split || t('sources.noSplit'),
                      value: pairs,
                      color: color(split),
                    }))}
                  />
                </div>
                <ul>
                  {source.parts.map(({ split, pairs }) => (
                    <li key={split}>
                      <span className={styles.swatch} style={{ background: color(split) }} aria-hidden />
                      <Link href={pairsPath({ sources: [source.name], splits: [split] })} onClick={(event) => event.stopPropagation()}>
                        <bdi>{split || t('sources.noSplit')}</bdi>
                      </Link>
                      {count(pairs)}
                    </li>
                  ))}
                </ul>
              </div>
            ),
          },
          {
            id: 'quarantined',
            header: t('sources.quarantined'),
            align: 'end',
            width: '110px',
            cell: (source) => {
              const rows = refused.get(source.name) ?? 0
              return rows === 0 ? (
                <span className={styles.none}>0</span>
              ) : (
                <Link href={`/data?tab=quarantine&source=${encodeURIComponent(source.name)}`} onClick={(event) => event.stopPropagation()}>
                  {count(rows)}
                </Link>
              )
            },
          },
          {
            id: 'blind',
            header: t('sources.blindAccuracy'),
            align: 'end',
            width: '190px',
            cell: (source) => {
              const estimate = blind.get(source.name)
              return estimate ? (
                <>
                  {percent(estimate.value)} <span className={styles.interval}>{percentInterval(estimate)}</span>
                </>
              ) : (
                <span className={styles.none}>{report.isPending ? '…' : t('sources.notTested')}</span>
              )
            },
          },
        ]}
      />
    </div>
  )
}

function NoSources() {
  return (
    <EmptyState
      icon={Database}
      title={t('sources.empty')}
      actions={
        <>
          <Button tone="primary" icon={ImportIcon} onClick={() => navigate('/import')}>
            {t('sources.importFiles')}
          </Button>
          <Button icon={FlaskConical} onClick={() => openDialog('demo')}>
            {t('sources.addDemo')}
          </Button>
        </>
      }
    >
      <p>{t('sources.emptyDetail')}</p>
    </EmptyState>
  )
}
