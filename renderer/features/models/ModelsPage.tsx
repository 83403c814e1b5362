import { useQuery } from '@tanstack/react-query'
import { Boxes, CloudDownload, FolderPlus, Hammer, Trash2 } from 'lucide-react'
import { useState } from 'react'
import type { Job } from '../../../src/contract/jobs.ts'
import type { Model } from '../../../src/contract/models.ts'
import { api, client } from '../../api/client.ts'
import { CommandButton } from '../../commands/CommandButton.tsx'
import { type Command, useCommands } from '../../commands/registry.ts'
import { Badge } from '../../ui/Badge.tsx'
import { IconButton } from '../../ui/Button.tsx'
import { bytes } from '../../../src/core/format.ts'
import { Page } from '../../ui/Panel.tsx'
import { EmptyState, ErrorState, Skeleton } from '../../ui/states.tsx'
import { Table } from '../../ui/Table.tsx'
import { toastError } from '../../ui/overlays/Toast.tsx'
import { JobStrip } from '../data/JobStrip.tsx'
import { watchJob } from '../jobs/watch.ts'
import { FolderDialog } from './FolderDialog.tsx'
import { HubDialog } from './HubDialog.tsx'
import styles from './ModelsPage.module.css'
import { RemoveDialog } from './RemoveDialog.tsx'
import { MODEL_KINDS, originOf, readingOf } from './model-words.ts'
import { isLive } from '../../../src/core/vocabulary.ts'
import { words } from '../../words/words.ts'

const t = words.models

const GROUP = t('title')
/** It ended without its model since this window was opened, and can go on. */
const isOpen = ({ state, resumable }: Job): boolean =>
  resumable && 'endedAt' in state && Date.parse(state.endedAt) >= performance.timeOrigin

type Asked = { dialog: 'folder' | 'hub' } | { dialog: 'remove'; model: Model }

/** The models that blind tests and probes of all projects may read with, and the ways to get more. */
export function ModelsPage() {
  const models = useQuery(api.models.list.queryOptions())
  const jobs = useQuery(api.jobs.list.queryOptions())
  const [asked, setAsked] = useState<Asked | null>(null)
  const shown = (jobs.data ?? [])
    .filter(({ kind }) => kind === 'model-download' || kind === 'model-build')
    .filter((job) => isLive(job) || isOpen(job))
  const building = shown.some((job) => job.kind === 'model-build' && isLive(job))

  const folder: Command = {
    id: 'models.folder',
    label: t('addFolder'),
    keys: ['f'],
    group: GROUP,
    icon: FolderPlus,
    perform: () => setAsked({ dialog: 'folder' }),
  }
  const hub: Command = {
    id: 'models.hub',
    label: t('addFromHub'),
    keys: ['h'],
    group: GROUP,
    icon: CloudDownload,
    perform: () => setAsked({ dialog: 'hub' }),
  }
  const build: Command = {
    id: 'models.build',
    label: t('build'),
    changes: true,
    keys: ['b'],
    group: GROUP,
    icon: Hammer,
    predicate: () => !building,
    perform: () =>
      client.models
        .buildMiniLm()
        .then(({ jobId }) => watchJob(jobId))
        .catch((error: unknown) => toastError(error)),
  }
  useCommands([folder, hub, build])

  const buttons = (
    <>
      <CommandButton command={folder} />
      <CommandButton command={hub} />
      <CommandButton command={build} tone={models.data?.length === 0 ? 'primary' : undefined} />
    </>
  )
  return (
    <Page
      title={t('title')}
      detail={models.data && t('count', { count: models.data.length })}
      actions={models.data && models.data.length > 0 && buttons}
    >
      {shown.map((job) => (
        <JobStrip key={job.id} job={job} outcome={() => t('ready')} />
      ))}
      {models.isPending ? (
        <Skeleton lines={5} label={t('loading')} />
      ) : models.isError ? (
        <ErrorState error={models.error} onRetry={() => void models.refetch()} />
      ) : models.data.length === 0 ? (
        <EmptyState icon={Boxes} title={t('empty')} actions={buttons}>
          <p>{t('emptyDetail')}</p>
        </EmptyState>
      ) : (
        <Models models={models.data} onRemove={(model) => setAsked({ dialog: 'remove', model })} />
      )}
      <dl className={styles.uses}>
        {Object.values(MODEL_KINDS).map(({ label, use }) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>{use}</dd>
          </div>
        ))}
      </dl>
      {asked?.dialog === 'folder' && <FolderDialog onClose={() => setAsked(null)} />}
      {asked?.dialog === 'hub' && <HubDialog onClose={() => setAsked(null)} />}
      {asked?.dialog === 'remove' && <RemoveDialog model={asked.model} onClose={() => setAsked(null)} />}
    </Page>
  )
}

function Models({ models, onRemove }: { models: readonly Model[]; onRemove: (model: Model) => void }) {
  return (
    <div className={styles.card}>
      <Table<Model>
        label={t('title')}
        rows={models}
        rowKey={(model) => model.id}
        columns={[
          {
            id: 'name',
            header: t('table.model'),
            cell: (model) => (
              <>
                <span dir="auto" className={styles.name}>
                  {model.name}
                </span>
                <span dir="auto" className={styles.path} title={model.dir}>
                  {model.dir}
                </span>
              </>
            ),
          },
          {
            id: 'kind',
            header: t('table.kind'),
            width: '290px',
            cell: (model) => (
              <>
                {MODEL_KINDS[model.kind].label}
                <span className={styles.quiet}>{readingOf(model)}</span>
              </>
            ),
          },
          {
            id: 'origin',
            header: t('table.origin'),
            width: '160px',
            cell: (model) => <span className={styles.quiet}>{originOf(model)}</span>,
          },
          { id: 'bytes', header: t('table.size'), align: 'end', width: '90px', cell: (model) => bytes(model.bytes) },
          {
            id: 'state',
            header: t('table.state'),
            width: '190px',
            cell: (model) =>
              model.problem === null ? (
                <Badge tone="success">{t('table.ready')}</Badge>
              ) : (
                <>
                  <Badge tone="danger">{t('table.broken')}</Badge>
                  <span className={styles.problem}>{model.problem}</span>
                </>
              ),
          },
          {
            id: 'remove',
            header: <span className="visually-hidden">{t('table.remove')}</span>,
            width: '56px',
            align: 'end',
            cell: (model) => (
              <IconButton label={t('table.removeModel', { name: model.name })} icon={Trash2} size="small" onClick={() => onRemove(model)} />
            ),
          },
        ]}
      />
    </div>
  )
}
