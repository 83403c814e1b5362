import { create } from 'zustand'
import type { FormatId, ImportInput, ImportPreview } from '../../../src/contract/imports.ts'
import { navigate } from '../../state/location.ts'
import type { LabelValues } from './columns/labels.ts'
import { completeMap, type MapDraft } from './columns/mapping.ts'

/** A file or folder that is to be imported, and how. */
export interface Choice {
  file: string
  format: FormatId | 'auto'
  /** Of use while the format is `mapped`; null until the columns were looked at. */
  draft: MapDraft | null
  /** What the values of the label mean; null leaves it to the file. */
  labels: LabelValues | null
  imagesDir: string | undefined
  /** Of the text; undefined where the content tells. */
  encoding: string | undefined
  /** Null until the user types one: then the suggested one holds. */
  source: string | null
  split: string
  /** Hosts that the user agreed to. */
  fetchHosts: string[]
}

export interface Run {
  jobId: string
  file: string
  source: string
}

interface Wizard {
  /** Path of the project that this belongs to; null for files dropped before one was open. */
  project: string | null
  choices: Choice[]
  /** Index of the choice that is shown. */
  shown: number
  /** Names of dropped files whose place a browser does not tell. */
  unplaced: string[]
  runs: Run[]
}

const EMPTY: Wizard = { project: null, choices: [], shown: 0, unplaced: [], runs: [] }
/** More files than this are better imported as a folder. */
export const MOST_FILES = 20

/** What is being imported. It outlives the page, so that a look elsewhere loses nothing. */
export const useWizard = create<Wizard>(() => EMPTY)

const fresh = (file: string): Choice => ({
  file,
  format: 'auto',
  draft: null,
  labels: null,
  imagesDir: undefined,
  encoding: undefined,
  source: null,
  split: '',
  fetchHosts: [],
})

/** Adds files to what is to be imported, and shows the first of them. Imports that were started go on by themselves. */
export function addFiles(files: readonly string[]): void {
  useWizard.setState((now) => {
    const added = files.filter((file) => !now.choices.some((choice) => choice.file === file)).map(fresh)
    const choices = [...now.choices, ...added].slice(0, MOST_FILES)
    const first = choices.findIndex(({ file }) => file === files[0])
    return { choices, runs: [], unplaced: [], shown: Math.max(0, first) }
  })
}

/** Files were dropped: those that a browser does not place have only names. Shows the wizard where a project is open. */
export function takeDropped(paths: readonly string[], unplaced: readonly string[], projectOpen: boolean): void {
  // What belonged to a project that is closed now goes.
  if (!projectOpen) useWizard.setState(EMPTY)
  if (paths.length > 0) addFiles(paths)
  else useWizard.setState({ unplaced: [...unplaced] })
  if (projectOpen) navigate('/import')
}

export const changeShown = (change: Partial<Choice>): void =>
  useWizard.setState(({ choices, shown }) => ({ choices: choices.map((choice, i) => (i === shown ? { ...choice, ...change } : choice)) }))

/** How the shown file is read, for all others too; where their pairs belong stays each file's own. */
export const applyToAll = (): void =>
  useWizard.setState(({ choices, shown }) => {
    const from = choices[shown]
    if (!from) return {}
    const { format, draft, labels, imagesDir, encoding, fetchHosts } = from
    return { choices: choices.map((choice) => ({ ...choice, format, draft, labels, imagesDir, encoding, fetchHosts })) }
  })

export const show = (shown: number): void => useWizard.setState({ shown })

export const remove = (index: number): void =>
  useWizard.setState(({ choices, shown }) => ({
    choices: choices.filter((_, i) => i !== index),
    shown: Math.max(0, shown - (index < shown || shown === choices.length - 1 ? 1 : 0)),
  }))

/** The import of a file was started: the file is no longer among those to be imported. */
export const started = (run: Run): void =>
  useWizard.setState(({ choices, runs }) => ({ runs: [...runs, run], choices: choices.filter(({ file }) => file !== run.file), shown: 0 }))

/** Back to the files that are still to be imported, or to the choice of new ones. */
export const goOn = (): void => useWizard.setState({ runs: [] })
/** Files wait for a project to be opened. */
export const isWaiting = (): boolean =>
  useWizard.getState().project === null && useWizard.getState().choices.length + useWizard.getState().unplaced.length > 0

/** Says which project is open: what belonged to another one is forgotten, what belonged to none is this one's now. */
export const belongTo = (project: string): void =>
  useWizard.setState((now) => (now.project === project ? now : now.project === null ? { project } : { ...EMPTY, project }))

export type PreviewInput = Pick<ImportInput, 'file' | 'format' | 'imagesDir' | 'encoding' | 'map' | 'labels'>

/** What to ask for a look at the file as it would be imported; null while the column map is not complete. */
export function previewInput({ file, format, draft, labels, imagesDir, encoding }: Choice): PreviewInput | null {
  const told = labels && { labels }
  if (format !== 'mapped') return { file, format, imagesDir, encoding, ...told }
  const map = draft && completeMap(draft)
  return map ? { file, format, imagesDir, encoding, map, ...told } : null
}

/** What to start, given the preview that the user has seen. */
export function importInput(choice: Choice, preview: ImportPreview): ImportInput | null {
  const asked = previewInput(choice)
  const source = (choice.source ?? preview.suggestedSource).trim()
  if (!asked || preview.format === null || source === '') return null
  // Hosts that the file no longer names, for its format was changed, are not asked for either.
  const fetchHosts = choice.fetchHosts.filter((host) => preview.hosts.some((each) => each.host === host))
  return { ...asked, format: preview.format, source, split: choice.split.trim(), fetchHosts }
}
