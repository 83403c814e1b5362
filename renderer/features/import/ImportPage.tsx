import { skipToken, useQueries, useQuery } from '@tanstack/react-query'
import { FileUp, FolderUp, Import as ImportIcon, TriangleAlert } from 'lucide-react'
import { useEffect, useState } from 'react'
import type { ImportPreview } from '../../../src/contract/imports.ts'
import { api, client } from '../../api/client.ts'
import { failureOf, type ShownFailure } from '../../api/failure.ts'
import { CommandButton } from '../../commands/CommandButton.tsx'
import { type Command, useCommands } from '../../commands/registry.ts'
import { pickFiles, pickFolder } from '../../files/pick.ts'
import { Codes } from './Codes.tsx'
import { Page } from '../../ui/Panel.tsx'
import { FailureNote, Skeleton } from '../../ui/states.tsx'
import { ChosenFiles } from './ChosenFiles.tsx'
import { Destination } from './Destination.tsx'
import { FilesPanel } from './FilesPanel.tsx'
import { ImagesPanel } from './ImagesPanel.tsx'
import styles from './ImportPage.module.css'
import { ImportRuns } from '../data/ImportRuns.tsx'
import { isAsked, LabelsPanel } from './columns/LabelsPanel.tsx'
import { unreadOf } from './columns/labels.ts'
import { Mapping } from './columns/Mapping.tsx'
import { draftFrom } from './columns/mapping.ts'
import { PreviewPairs } from './PreviewPairs.tsx'
import { SamplePanel } from './columns/SamplePanel.tsx'
import { StartPage } from '../projects/StartPage.tsx'
import { Survey } from './Survey.tsx'
import { addFiles, belongTo, changeShown, type Choice, importInput, goOn, previewInput, started, useWizard } from './wizard.ts'
import { fileName, obstacleOf } from './import-words.ts'
import { words } from '../../words/words.ts'

const t = words.import

/** A look at a file as it would be imported. The file may change on disk meanwhile, and a refusal is final. */
const previewOptions = (choice: Choice | undefined) => {
  const input = choice && previewInput(choice)
  return { ...api.imports.preview.queryOptions({ input: input ?? skipToken }), staleTime: 0, retry: false }
}

/**
 * From files to pairs: choose them, look at what was understood, say where they belong, start. The previews write
 * nothing; only the start does.
 */
export function ImportPage() {
  const project = useQuery(api.projects.current.queryOptions())
  const path = project.data?.path
  useEffect(() => {
    if (path !== undefined) belongTo(path)
  }, [path])
  const { choices, shown, runs } = useWizard()
  const [failure, setFailure] = useState<ShownFailure | null>(null)
  const choice = choices[shown]
  const looks = useQueries({ queries: choices.map((each) => previewOptions(each)) })
  // The last look at a file stays in sight while the next one, with other settings, is on its way.
  const placeholderData = (last: ImportPreview | undefined) => (last?.file === choice?.file ? last : undefined)
  const look = useQuery({ ...previewOptions(choice), placeholderData })
  const preview = choice && previewInput(choice) ? look.data : undefined
  // What the file is by itself, whatever it is read as and wherever its images are: names its columns, and is there when the rest is wrong.
  const base = useQuery({ ...previewOptions(choice && { ...choice, format: 'auto', labels: null, imagesDir: undefined }), placeholderData })
  const detected = base.data
  useEffect(() => {
    if (choice?.format === 'auto' && !base.isPlaceholderData && detected?.format === null)
      changeShown({ format: 'mapped', draft: draftFrom(detected.suggestedMap) })
  }, [choice?.format, base.isPlaceholderData, detected])

  const ready = choices.flatMap((each, i) => {
    const seen = looks[i]?.data
    const input = seen && obstacleOf(seen, each.source ?? seen.suggestedSource) === null ? importInput(each, seen) : null
    return input ? [{ choice: each, input, unread: unreadOf(seen?.label ?? null) }] : []
  })
  const waiting = choices.length - ready.length
  const asked = ready.find((each) => each.choice === choice)?.input

  const choose: Command = {
    id: 'import.choose',
    label: t(choice ? 'command.add' : 'command.choose'),
    keys: ['o'],
    group: t('group'),
    icon: FileUp,
    perform: async () => {
      const files = await pickFiles({
        title: t('picker.files'),
        filters: [
          { name: t('picker.data'), extensions: ['json', 'jsonl', 'ndjson', 'csv', 'tsv', 'parquet', 'gz'] },
          { name: t('picker.all'), extensions: ['*'] },
        ],
      })
      if (files.length > 0) addFiles(files)
    },
  }
  const chooseFolder: Command = {
    id: 'import.chooseFolder',
    label: t(choice ? 'command.addFolder' : 'command.chooseFolder'),
    keys: ['f'],
    group: t('group'),
    icon: FolderUp,
    perform: async () => {
      const folder = await pickFolder(t('picker.folder'))
      if (folder !== null) addFiles([folder])
    },
  }
  const start: Command = {
    id: 'import.start',
    label: choices.length > 1 ? t('command.startFiles', { count: ready.length }) : t('command.start'),
    keys: ['Mod+Enter'],
    group: t('group'),
    icon: ImportIcon,
    changes: true,
    predicate: () => ready.length > 0 && runs.length === 0,
    perform: async () => {
      setFailure(null)
      try {
        for (const { choice: each, input } of ready)
          started({ jobId: (await client.imports.start(input)).jobId, file: each.file, source: input.source })
      } catch (error) {
        setFailure(failureOf(error))
      }
    },
  }
  const again: Command = {
    id: 'import.again',
    label: t(choices.length > 0 ? 'command.continue' : 'command.more'),
    keys: ['n'],
    group: t('group'),
    icon: FileUp,
    predicate: () => runs.length > 0,
    perform: goOn,
  }
  useCommands([choose, chooseFolder, start, again])

  if (!choice && runs.length === 0) return <StartPage choose={choose} chooseFolder={chooseFolder} />
  const title =
    runs.length > 0
      ? t('title')
      : choices.length === 1 && choice
        ? t('titleFile', { file: fileName(choice.file) })
        : t('titleFiles', { count: choices.length })
  return (
    <Page
      title={title}
      detail={runs.length === 0 && waiting > 0 && choices.length > 1 && ready.length > 0 ? t('waiting', { count: waiting }) : undefined}
      actions={
        runs.length === 0 && (
          <>
            <CommandButton command={choose} />
            <CommandButton command={chooseFolder} />
            <CommandButton command={start} tone="primary" />
          </>
        )
      }
    >
      {failure && <FailureNote failure={failure} />}
      {runs.length === 0 && <UnreadLabels files={ready} />}
      {runs.length > 0 ? (
        <ImportRuns runs={runs} waiting={choices.length} again={again} />
      ) : (
        choice && (
          <>
            {choices.length > 1 && <ChosenFiles choices={choices} shown={shown} looks={looks} />}
            <div className={styles.columns} key={choice.file}>
              <div className={styles.settings}>
                <FilesPanel choice={choice} detected={detected} preview={preview ?? detected} />
                {!(look.isError && !detected) && (
                  <>
                    <Destination choice={choice} preview={preview ?? detected} />
                    <ImagesPanel choice={choice} preview={preview ?? detected} />
                  </>
                )}
              </div>
              <div className={styles.seen}>
                {choice.format === 'mapped' && detected && (
                  <Mapping draft={choice.draft ?? draftFrom(detected.suggestedMap)} labels={choice.labels} detected={detected} />
                )}
                {look.isError ? (
                  <FailureNote failure={failureOf(look.error)} />
                ) : preview ? (
                  <>
                    {preview.label && <LabelsPanel labels={preview.label} told={choice.labels} />}
                    {!isAsked(preview) && (
                      <>
                        <SamplePanel preview={preview} />
                        {asked && <Survey input={asked} />}
                        <PreviewPairs preview={preview} />
                      </>
                    )}
                  </>
                ) : look.isLoading ? (
                  <Skeleton lines={8} label={t('preview.reading')} />
                ) : null}
              </div>
            </div>
          </>
        )
      )}
    </Page>
  )
}

const SHOWN_LABELS = 5

/** What the start would quarantine for want of a meaning, right below the button. */
function UnreadLabels({ files }: { files: readonly { choice: Choice; unread: ReturnType<typeof unreadOf> }[] }) {
  const lines = files.flatMap(({ choice: { file }, unread }) => (unread ? [{ file, ...unread }] : []))
  return (
    <div role="status" className={styles.files}>
      {lines.map(({ file, values, records }) => (
        <p key={file} className={styles.unread}>
          <TriangleAlert size={15} aria-hidden />
          <span>
            {files.length > 1 && <bdi>{fileName(file)}: </bdi>}
            {t.rich('unread', {
              records,
              labels: values.length,
              more: Math.max(0, values.length - SHOWN_LABELS),
              values: () => <Codes values={values.slice(0, SHOWN_LABELS)} />,
            })}
          </span>
        </p>
      ))}
    </div>
  )
}
