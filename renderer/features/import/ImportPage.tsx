import { FileUp, Import as ImportIcon } from 'lucide-react'
import { useState } from 'react'
import { skipToken, useQuery } from '@tanstack/react-query'
import type { FormatId, ImportInput } from '../../../src/contract/imports.ts'
import { api, client } from '../../api/client.ts'
import { failureOf, type ShownFailure } from '../../api/failure.ts'
import { CommandButton } from '../../commands/CommandButton.tsx'
import { type Command, useCommands } from '../../commands/registry.ts'
import { pickFile } from '../../files/pick.ts'
import { Page } from '../../ui/Panel.tsx'
import { EmptyState, FailureNote, Skeleton } from '../../ui/states.tsx'
import { FORMATS, fileName } from './formats.ts'
import { ImportOptions } from './ImportOptions.tsx'
import styles from './ImportPage.module.css'
import { ImportProgress } from './ImportProgress.tsx'
import { PreviewPairs } from './PreviewPairs.tsx'

export interface Choice {
  file: string
  format: FormatId | 'auto'
  imagesDir: string | undefined
  /** Null until the user types one: then the suggested one holds. */
  source: string | null
  split: string
}

/**
 * From a file to pairs: choose it, look at what was understood, name the source, start. The preview writes nothing; only
 * the start does.
 */
export function ImportPage() {
  const [choice, setChoice] = useState<Choice | null>(null)
  const [started, setStarted] = useState<{ jobId: string; source: string } | null>(null)
  const [failure, setFailure] = useState<ShownFailure | null>(null)
  const preview = useQuery({
    ...api.imports.preview.queryOptions({
      input: choice ? { file: choice.file, format: choice.format, imagesDir: choice.imagesDir } : skipToken,
    }),
    // The file may have changed on disk since it was looked at.
    staleTime: 0,
    gcTime: 0,
    retry: false,
  })
  const source = (choice?.source ?? preview.data?.suggestedSource ?? '').trim()
  const ready = choice !== null && preview.data !== undefined && preview.data.pairs.length > 0 && source !== ''

  const choose: Command = {
    id: 'import.choose', label: choice ? 'Choose another file…' : 'Choose file…', keys: ['o'], group: 'Import', icon: FileUp,
    perform: async () => {
      const file = await pickFile({
        title: 'File to import',
        filters: [{ name: 'Preference data', extensions: ['json', 'jsonl', 'gz'] }, { name: 'All files', extensions: ['*'] }],
      })
      if (file === null) return
      setStarted(null)
      setFailure(null)
      setChoice({ file, format: 'auto', imagesDir: undefined, source: null, split: '' })
    },
  }
  const start: Command = {
    id: 'import.start', label: 'Start import', keys: ['Mod+Enter'], group: 'Import', icon: ImportIcon, predicate: () => ready && !started,
    perform: async () => {
      if (!choice || !ready) return
      const input: ImportInput = { file: choice.file, source, split: choice.split.trim(), format: preview.data.format, imagesDir: choice.imagesDir }
      try {
        setStarted({ jobId: (await client.imports.start(input)).jobId, source })
      } catch (error) {
        setFailure(failureOf(error))
      }
    },
  }
  useCommands([choose, start])

  if (!choice) {
    return (
      <Page title="Import">
        <EmptyState icon={FileUp} title="Choose a file with preference pairs" actions={<CommandButton command={choose} tone="primary" />}>
          <p>JSON or JSONL in one of these formats; which one is found out from the content. Nothing is written before you start the import.</p>
          <ul className={styles.formats}>
            {Object.values(FORMATS).map((format) => (
              <li key={format.label}>
                <strong>{format.label}</strong>
                <code>{format.shape}</code>
              </li>
            ))}
          </ul>
        </EmptyState>
      </Page>
    )
  }
  return (
    <Page
      title={`Import ${fileName(choice.file)}`}
      detail={<span className="mono">{choice.file}</span>}
      actions={
        <>
          <CommandButton command={choose} />
          {!started && <CommandButton command={start} tone="primary" />}
        </>
      }
    >
      {failure && <FailureNote failure={failure} />}
      {started ? (
        <ImportProgress jobId={started.jobId} source={started.source} onAgain={() => setChoice(null)} />
      ) : (
        <>
          <ImportOptions choice={choice} preview={preview.data} source={choice.source ?? preview.data?.suggestedSource ?? ''} onChange={setChoice} />
          {preview.isError ? (
            <FailureNote failure={failureOf(preview.error)} />
          ) : preview.data ? (
            <PreviewPairs preview={preview.data} />
          ) : (
            <Skeleton lines={8} label="Reading the first records" />
          )}
        </>
      )}
    </Page>
  )
}
