import { useQuery } from '@tanstack/react-query'
import { FolderOpen, ImageDown, Images } from 'lucide-react'
import { useState } from 'react'
import { api, client } from '../../api/client.ts'
import { failureOf, type ShownFailure } from '../../api/failure.ts'
import { type Command, useCommands } from '../../commands/registry.ts'
import { CommandButton } from '../../commands/CommandButton.tsx'
import { PATHS_ARE_CHOSEN, pickFolder } from '../../files/pick.ts'
import { navigate } from '../../state/location.ts'
import { pairsPath } from '../../state/pair-query.ts'
import { Button } from '../../ui/Button.tsx'
import { Field, Input } from '../../ui/Field.tsx'
import { Panel } from '../../ui/Panel.tsx'
import { EmptyState, ErrorState, FailureNote, Skeleton } from '../../ui/states.tsx'
import styles from './DataPage.module.css'
import { HostConsent } from '../import/HostConsent.tsx'
import folderStyles from '../import/ImagesPanel.module.css'
import { JobStrip } from './JobStrip.tsx'
import { MissingTable } from './MissingTable.tsx'
import { found } from '../import/import-words.ts'
import { isLive } from '../../../src/core/vocabulary.ts'
import { words } from '../../words/words.ts'

const t = words.data

/** Images that pairs name and the project lacks: which and why, and two ways to complete the pairs. */
export function MissingImages() {
  const query = useQuery(api.imports.missingImages.queryOptions())
  const jobs = useQuery(api.jobs.list.queryOptions())
  const [imagesDir, setImagesDir] = useState('')
  const [agreed, setAgreed] = useState<string[]>([])
  const [failure, setFailure] = useState<ShownFailure | null>(null)
  const [started, setStarted] = useState<string | null>(null)
  const heals = (jobs.data ?? []).filter(({ kind }) => kind === 'heal')
  const running = heals.find(isLive)
  const shownJob = running ?? heals.find(({ id }) => id === started)
  const heal: Command = {
    id: 'images.heal',
    label: t('missing.find'),
    keys: ['Mod+Enter'],
    group: t('missing.label'),
    icon: ImageDown,
    changes: true,
    predicate: () => !running && (imagesDir.trim() !== '' || agreed.length > 0),
    perform: async () => {
      setFailure(null)
      try {
        setStarted((await client.imports.heal({ imagesDir: imagesDir.trim() || undefined, fetchHosts: agreed })).jobId)
      } catch (error) {
        setFailure(failureOf(error))
      }
    },
  }
  const choose: Command = {
    id: 'images.chooseFolder',
    label: t('chooseFolder'),
    keys: ['f'],
    group: t('missing.label'),
    icon: FolderOpen,
    keysOnly: true,
    perform: async () => {
      const folder = await pickFolder(t('chooseFolderTitle'))
      if (folder !== null) setImagesDir(folder)
    },
  }
  useCommands([heal, choose])
  if (query.isPending) return <Skeleton lines={6} />
  if (query.isError) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />
  const { pairs, images, examples, hosts } = query.data
  if (pairs === 0) {
    return (
      <>
        {shownJob && <JobStrip job={shownJob} outcome={found} />}
        <EmptyState icon={Images} title={t('missing.empty')}>
          <p>{t('missing.emptyDetail')}</p>
        </EmptyState>
      </>
    )
  }
  return (
    <div className={styles.missing}>
      <div className={styles.head}>
        <p>{t.rich('missing.summary', { pairs, images, b: (chunks) => <strong>{chunks}</strong> })}</p>
        <Button onClick={() => navigate(pairsPath({ missingImages: true }))}>{t('missing.showPairs')}</Button>
      </div>
      {shownJob && <JobStrip job={shownJob} outcome={found} />}
      <div className={styles.halves}>
        <Panel title={t('missing.places')}>
          <Field label={t('imagesFolder')} hint={t('missing.folderHint')}>
            {(props) => (
              <div className={folderStyles.folder}>
                <Input {...props} readOnly={PATHS_ARE_CHOSEN} value={imagesDir} onChange={(event) => setImagesDir(event.target.value)} />
                <CommandButton command={choose} icon={undefined} />
              </div>
            )}
          </Field>
          {hosts.length > 0 && (
            <section className={folderStyles.web} aria-label={t('missing.hosts')}>
              <h3>{t('missing.hosts')}</h3>
              <HostConsent hosts={hosts} agreed={agreed} onChange={setAgreed} />
            </section>
          )}
          {failure && <FailureNote failure={failure} />}
          <div>
            <CommandButton command={heal} tone="primary" />
          </div>
        </Panel>
        <div className={styles.card}>
          <MissingTable examples={examples} images={images} />
        </div>
      </div>
    </div>
  )
}
