import { skipToken, useQuery } from '@tanstack/react-query'
import { ArrowUp, File, Folder, FolderCog } from 'lucide-react'
import { type KeyboardEvent, useState } from 'react'
import type { FolderEntry } from '../../src/contract/projects.ts'
import { api, client } from '../api/client.ts'
import { Button, IconButton } from '../ui/Button.tsx'
import { Dialog } from '../ui/overlays/Dialog.tsx'
import { Field, Input } from '../ui/Field.tsx'
import { bytes } from '../../src/core/format.ts'
import { ErrorState, Skeleton } from '../ui/states.tsx'
import { type BrowseRequest, useBrowse } from './browse.ts'
import styles from './FolderBrowser.module.css'
import { words } from '../words/words.ts'

const t = words.files

/** Chooses a path on the backend's machine where there is no native dialog. Shown while `browseFor` waits. */
export function FolderBrowser() {
  const asked = useBrowse((state) => state.asked)
  return asked && <Browser key={asked.title} request={asked} onAnswer={asked.answer} />
}

const ICONS = { folder: Folder, file: File, project: FolderCog }

/** What an entry must be to be the answer. */
const KINDS: Record<BrowseRequest['want'], FolderEntry['kind']> = { files: 'file', folder: 'folder', project: 'project', save: 'file' }

function Browser({ request, onAnswer }: { request: BrowseRequest; onAnswer: (paths: string[]) => void }) {
  const { want } = request
  const [path, setPath] = useState<string | undefined>(() => folderOf(request.suggested))
  const [typed, setTyped] = useState<string | null>(null)
  const [selected, setSelected] = useState<readonly FolderEntry[]>([])
  const [name, setName] = useState(() => request.suggested?.split(/[\\/]/).at(-1) ?? '')
  const folder = useQuery({
    ...api.projects.browse.queryOptions({ input: typed === '' ? skipToken : { path } }),
    staleTime: 0,
    retry: false,
  })
  const here = folder.data?.path ?? path ?? ''

  const enter = (next: string) => {
    setPath(next)
    setTyped(null)
    setSelected([])
  }
  /** A typed path is a folder to look into, or the very file or project that is wanted. */
  const enterTyped = async (text: string) => {
    const parent = want === 'files' || want === 'project' ? folderOf(text) : undefined
    const folderOfIt = parent ? await client.projects.browse({ path: parent }).catch(() => null) : null
    const entry = folderOfIt?.entries.find((each) => each.path === text && each.kind === KINDS[want])
    if (entry) onAnswer([entry.path])
    else enter(text)
  }
  const activate = (entry: FolderEntry) => {
    if (entry.kind === 'project' && want === 'project') onAnswer([entry.path])
    else if (entry.kind === 'file' && want === 'files') onAnswer([entry.path])
    else if (entry.kind === 'file' && want === 'save') setName(entry.name)
    else if (entry.kind !== 'file') enter(entry.path)
  }
  /** One entry at a time, except for files: those are added and taken away by a click. */
  const select = (entry: FolderEntry) => {
    const files = want === 'files' && entry.kind === 'file' ? selected.filter(({ kind }) => kind === 'file') : []
    setSelected(files.includes(entry) ? files.filter((each) => each !== entry) : [...files, entry])
    if (entry.kind === 'file' && want === 'save') setName(entry.name)
  }
  const wanted = selected.filter(({ kind }) => kind === KINDS[want]).map(({ path: chosen }) => chosen)
  const result = want === 'folder' ? [wanted[0] ?? here] : want === 'save' ? (name.trim() ? [join(here, name.trim())] : []) : wanted

  const shown = (folder.data?.entries ?? []).filter((entry) => want === 'files' || want === 'save' || entry.kind !== 'file')
  const onListKey = (event: KeyboardEvent<HTMLElement>) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (event.key === 'Backspace' && folder.data?.parent) enter(folder.data.parent)
    if (!step) return
    event.preventDefault()
    const rows = [...event.currentTarget.querySelectorAll<HTMLElement>('button')]
    rows[Math.max(0, Math.min(rows.length - 1, rows.indexOf(document.activeElement as HTMLElement) + step))]?.focus()
  }

  return (
    <Dialog
      title={request.title}
      onClose={() => onAnswer([])}
      onSubmit={() => (typed !== null ? void enterTyped(typed) : result.length > 0 && onAnswer(result))}
      footer={
        <>
          <Button onClick={() => onAnswer([])}>{t('cancel')}</Button>
          <Button tone="primary" disabled={result.length === 0} onClick={() => onAnswer(result)}>
            {want === 'files' && result.length > 1 ? t('openFiles', { count: result.length }) : t(`verb.${want}`)}
          </Button>
        </>
      }
    >
      <div className={styles.bar}>
        <IconButton
          label={t('parent')}
          icon={ArrowUp}
          disabled={!folder.data?.parent}
          onClick={() => folder.data?.parent && enter(folder.data.parent)}
        />
        <Input aria-label={t('folder')} className={styles.path} value={typed ?? here} onChange={(event) => setTyped(event.target.value)} />
        {typed !== null && <Button type="submit">{t('go')}</Button>}
      </div>
      <div className={styles.list} onKeyDown={onListKey}>
        {folder.isError ? (
          <ErrorState error={folder.error} />
        ) : folder.isPending ? (
          <Skeleton />
        ) : shown.length === 0 ? (
          <p className={styles.empty}>{t(want === 'folder' ? 'noFolders' : 'nothing')}</p>
        ) : (
          <ul>
            {shown.map((entry) => {
              const EntryIcon = ICONS[entry.kind]
              return (
                <li key={entry.path}>
                  <button
                    type="button"
                    className={styles.entry}
                    aria-pressed={selected.includes(entry)}
                    onClick={() => select(entry)}
                    onDoubleClick={() => activate(entry)}
                    onKeyDown={(event) => {
                      if (event.key !== 'Enter') return
                      event.preventDefault()
                      activate(entry)
                    }}
                  >
                    <EntryIcon size={15} aria-hidden />
                    <span dir="auto" className={styles.name}>
                      {entry.name}
                    </span>
                    {entry.kind === 'project' && <span className={styles.size}>{t('project')}</span>}
                    {entry.bytes !== null && <span className={styles.size}>{bytes(entry.bytes)}</span>}
                  </button>
                </li>
              )
            })}
          </ul>
        )}
      </div>
      {want === 'save' && (
        <Field label={t('name')}>
          {(props) => <Input {...props} data-autofocus value={name} onChange={(event) => setName(event.target.value)} />}
        </Field>
      )}
    </Dialog>
  )
}

/** The folder part of an absolute path; undefined for a bare name. */
function folderOf(path: string | undefined): string | undefined {
  const at = path ? Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) : -1
  return path && at > 0 ? path.slice(0, at) : undefined
}

const join = (folder: string, name: string): string => {
  const separator = folder.includes('\\') ? '\\' : '/'
  return folder.endsWith(separator) ? folder + name : folder + separator + name
}
