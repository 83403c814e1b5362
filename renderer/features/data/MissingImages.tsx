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
import { count, plural } from '../../../src/core/format.ts'
import { Panel } from '../../ui/Panel.tsx'
import { EmptyState, ErrorState, FailureNote, Skeleton } from '../../ui/states.tsx'
import styles from './DataPage.module.css'
import { HostConsent } from '../import/HostConsent.tsx'
import folderStyles from '../import/ImagesPanel.module.css'
import { JobStrip } from './JobStrip.tsx'
import { MissingTable } from './MissingTable.tsx'
import { found } from '../import/import-words.ts'
import { isLive } from '../../../src/core/vocabulary.ts'

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
    label: 'Find images',
    keys: ['Mod+Enter'],
    group: 'Missing images',
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
    label: 'Choose…',
    keys: ['f'],
    group: 'Missing images',
    icon: FolderOpen,
    keysOnly: true,
    perform: async () => {
      const folder = await pickFolder('Folder with the images')
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
        <EmptyState icon={Images} title="No image is missing">
          <p>Every image that a pair names is in the project.</p>
        </EmptyState>
      </>
    )
  }
  return (
    <div className={styles.missing}>
      <div className={styles.head}>
        <p>
          <strong>{count(pairs)}</strong> {pairs === 1 ? 'pair has a missing image' : 'pairs have missing images'},{' '}
          <strong>{plural(images, 'image')}</strong> in all. They keep their texts and can be completed at any time.
        </p>
        <Button onClick={() => navigate(pairsPath({ missingImages: true }))}>Show these pairs</Button>
      </div>
      {shownJob && <JobStrip job={shownJob} outcome={found} />}
      <div className={styles.halves}>
        <Panel title="Find them">
          <Field label="In a folder" hint="By path below it, else by file name where that is unique">
            {(props) => (
              <div className={folderStyles.folder}>
                <Input {...props} readOnly={PATHS_ARE_CHOSEN} value={imagesDir} onChange={(event) => setImagesDir(event.target.value)} />
                <CommandButton command={choose} icon={undefined} />
              </div>
            )}
          </Field>
          {hosts.length > 0 && (
            <section className={folderStyles.web} aria-label="On the web">
              <h3>On the web</h3>
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
