import type { Container, DataFile, FormatId, ImportPreview, ImportResult, QuarantineCode } from '../../../src/contract/imports.ts'
import { words } from '../../words/words.ts'

const t = words.import

/** What people call each format, and how one record looks. */
export const FORMATS: Record<FormatId, { label: string; shape: string }> = {
  'mm-rm': { label: t('format.mm-rm'), shape: t('formatShape.mm-rm') },
  trl: { label: t('format.trl'), shape: t('formatShape.trl') },
  vlfeedback: { label: t('format.vlfeedback'), shape: t('formatShape.vlfeedback') },
  'rlhf-v': { label: t('format.rlhf-v'), shape: t('formatShape.rlhf-v') },
  povid: { label: t('format.povid'), shape: t('formatShape.povid') },
  'llama-factory': { label: t('format.llama-factory'), shape: t('formatShape.llama-factory') },
  'ms-swift': { label: t('format.ms-swift'), shape: t('formatShape.ms-swift') },
  judged: { label: t('format.judged'), shape: t('formatShape.judged') },
  'openai-dpo': { label: t('format.openai-dpo'), shape: t('formatShape.openai-dpo') },
  'llama-factory-v1': { label: t('format.llama-factory-v1'), shape: t('formatShape.llama-factory-v1') },
  transcripts: { label: t('format.transcripts'), shape: t('formatShape.transcripts') },
  ranked: { label: t('format.ranked'), shape: t('formatShape.ranked') },
  blindfold: { label: t('format.blindfold'), shape: t('formatShape.blindfold') },
  mapped: { label: t('format.mapped'), shape: t('formatShape.mapped') },
}

export const CONTAINERS: Record<Container, string> = {
  'json-lines': 'JSONL',
  'json-array': 'JSON',
  'json-objects': 'JSON',
  csv: 'CSV',
  tsv: 'TSV',
  parquet: 'Parquet',
}

export const CODES: Record<QuarantineCode, string> = {
  'not-an-object': t('code.not-an-object'),
  'invalid-json': t('code.invalid-json'),
  'invalid-utf8': t('code.invalid-utf8'),
  'malformed-record': t('code.malformed-record'),
  'missing-field': t('code.missing-field'),
  'wrong-type': t('code.wrong-type'),
  'empty-text': t('code.empty-text'),
  'same-responses': t('code.same-responses'),
  'unreadable-image': t('code.unreadable-image'),
  'duplicate-id': t('code.duplicate-id'),
  'no-preference': t('code.no-preference'),
}

/** The last part of a path. */
export const fileName = (path: string): string => path.split(/[\\/]/).filter(Boolean).at(-1) ?? path

/** How sure the detection is, in a word. `tone` goes with it. */
export function confidenceWords(confidence: number): { word: string; tone: 'success' | 'warning' } {
  if (confidence >= 0.9) return { word: t('file.certain'), tone: 'success' }
  return confidence >= 0.7 ? { word: t('file.likely'), tone: 'success' } : { word: t('file.uncertain'), tone: 'warning' }
}

/** The formats that fit a file, the best first. */
export const candidatesOf = ({ format, confidence, alternatives }: ImportPreview): ImportPreview['alternatives'] =>
  format === null ? [] : [{ format, confidence }, ...alternatives]

/** Whether the user had better look which of several formats it is. */
export const isUnsure = (preview: ImportPreview): boolean => preview.alternatives.length > 0 && preview.confidence < 0.9

/** `Parquet`, or `Parquet and JSONL` for a mixed folder. */
export const containersOf = (files: readonly DataFile[]): string =>
  [...new Set(files.map(({ container }) => CONTAINERS[container]))].reduce(
    (first, second) => (first === '' ? second : t('file.both', { first, second })),
    '',
  )

/** The files of each split, in the order of their first file. */
export function splitsOf(files: readonly DataFile[]): { split: string; files: number; bytes: number }[] {
  const splits = new Map<string, { split: string; files: number; bytes: number }>()
  for (const { split, bytes } of files) {
    const known = splits.get(split) ?? { split, files: 0, bytes: 0 }
    splits.set(split, { split, files: known.files + 1, bytes: known.bytes + bytes })
  }
  return [...splits.values()]
}

/** What keeps a file from being imported now, in words; null where nothing does. */
export function obstacleOf(preview: ImportPreview, source: string): string | null {
  if (preview.format === null) return t('obstacle.map')
  if (preview.label && preview.label.values === null) return t('obstacle.labels')
  if (preview.pairs.length === 0) return t(preview.records === 0 ? 'obstacle.noRecords' : 'obstacle.noPairs')
  return source.trim() === '' ? t('obstacle.source') : null
}

export interface MissingExample {
  reference: string
  reason: string
  pairs: number
}

/** Missing images by the reason why: first those that have one of their own, then those that share one. */
export function reasonsOf(examples: readonly MissingExample[]): { reason: string; references: MissingExample[] }[] {
  const reasons = new Map<string, MissingExample[]>()
  for (const example of examples) reasons.set(example.reason, [...(reasons.get(example.reason) ?? []), example])
  return [...reasons]
    .map(([reason, references]) => ({ reason, references }))
    .sort((a, b) => Number(a.references.length > 1) - Number(b.references.length > 1))
}

/** What a search for missing images came to, in words. */
export function found(result: Record<string, unknown>): string {
  const number = (key: string) => (typeof result[key] === 'number' ? result[key] : 0)
  return [
    t('found.images', { found: number('found'), looked: number('looked') }),
    number('complete') > 0 && t('found.complete', { count: number('complete') }),
    number('missing') > 0 && t('found.missing', { count: number('missing') }),
  ]
    .filter(Boolean)
    .join(' · ')
}

/** The outcome of an import in a sentence. */
export function outcome(result: ImportResult, source: string): string {
  if (result.pairs === 0) return t('outcome.nothing')
  if (result.imported === 0 && result.quarantined === 0) return t('outcome.nothingNew')
  if (result.imported === 0) return t(result.skipped > 0 ? 'outcome.noneNew' : 'outcome.none')
  return t('outcome.imported', { count: result.imported, source })
}
