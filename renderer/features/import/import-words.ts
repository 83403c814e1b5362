import type { Container, DataFile, FormatId, ImportPreview, ImportResult, QuarantineCode } from '../../../src/contract/imports.ts'
import { count, plural } from '../../../src/core/format.ts'

/** What people call each format, and how one record looks. */
export const FORMATS: Record<FormatId, { label: string; shape: string }> = {
  'mm-rm': { label: 'MM-RM', shape: 'prompt, img_path, chosen, rejected' },
  trl: { label: 'TRL', shape: 'prompt, chosen, rejected, images' },
  vlfeedback: { label: 'VLFeedback', shape: 'prompt, completions with ratings' },
  'rlhf-v': { label: 'RLHF-V / RLAIF-V', shape: 'image, question, chosen, rejected' },
  povid: { label: 'POVID / LLaVA-DPO', shape: 'conversations, rejected_conversations' },
  'llama-factory': { label: 'LLaMA-Factory', shape: 'conversations or instruction, chosen, rejected' },
  'ms-swift': { label: 'ms-swift', shape: 'messages, rejected_response, images' },
  judged: { label: 'Judged pairs', shape: 'two responses and a label or scores' },
  'openai-dpo': { label: 'OpenAI DPO', shape: 'input, preferred_output, non_preferred_output' },
  'llama-factory-v1': { label: 'LLaMA-Factory 1.0', shape: 'chosen_messages, rejected_messages' },
  transcripts: { label: 'Transcripts (HH-RLHF)', shape: 'chosen and rejected as Human: … Assistant: …' },
  ranked: { label: 'Ranked responses', shape: 'prompt, responses with ranks or scores' },
  blindfold: { label: 'Blindfold', shape: 'everything, history included' },
  mapped: { label: 'My own columns', shape: 'any columns, named by you' },
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
  'not-an-object': 'Not a record',
  'invalid-json': 'Invalid JSON',
  'invalid-utf8': 'Invalid UTF-8',
  'malformed-record': 'Damaged record',
  'missing-field': 'Missing field',
  'wrong-type': 'Wrong type',
  'empty-text': 'Empty text',
  'same-responses': 'Same responses',
  'unreadable-image': 'Unreadable image',
  'duplicate-id': 'Duplicate id',
  'no-preference': 'No preference',
}

/** The last part of a path. */
export const fileName = (path: string): string => path.split(/[\\/]/).filter(Boolean).at(-1) ?? path

/** How sure the detection is, in a word. `tone` goes with it. */
export function confidenceWords(confidence: number): { word: string; tone: 'success' | 'warning' } {
  if (confidence >= 0.9) return { word: 'Sure', tone: 'success' }
  return confidence >= 0.7 ? { word: 'Likely', tone: 'success' } : { word: 'A guess', tone: 'warning' }
}

/** `The first 63 records`. */
export const firstOf = (many: number, what: string): string => (many === 1 ? `The first ${what}` : `The first ${plural(many, what)}`)

/** The formats that fit a file, the best first. */
export const candidatesOf = ({ format, confidence, alternatives }: ImportPreview): ImportPreview['alternatives'] =>
  format === null ? [] : [{ format, confidence }, ...alternatives]

/** Whether the user had better look which of several formats it is. */
export const isUnsure = (preview: ImportPreview): boolean => preview.alternatives.length > 0 && preview.confidence < 0.9

/** `Parquet`, or `Parquet and JSONL` for a mixed folder. */
export const containersOf = (files: readonly DataFile[]): string =>
  [...new Set(files.map(({ container }) => CONTAINERS[container]))].join(' and ')

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
  if (preview.format === null) return 'Map the columns'
  if (preview.label && preview.label.values === null) return 'Choose what the labels mean'
  if (preview.pairs.length === 0) return preview.records === 0 ? 'There are no records in it' : 'None of its first records could be read'
  return source.trim() === '' ? 'The source needs a name' : null
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
    `${count(number('found'))} of ${plural(number('looked'), 'image')} found`,
    number('complete') > 0 && `${plural(number('complete'), 'pair')} completed`,
    number('missing') > 0 && `${plural(number('missing'), 'image')} still missing`,
  ]
    .filter(Boolean)
    .join(' · ')
}

/** The outcome of an import in a sentence. */
export function outcome(result: ImportResult, source: string): string {
  if (result.pairs === 0) return 'There was nothing to import'
  if (result.imported === 0 && result.quarantined === 0) return 'Nothing new: these pairs are in the project already'
  if (result.imported === 0) return result.skipped > 0 ? 'Nothing new could be read' : 'None of the pairs could be read'
  return `${plural(result.imported, 'pair')} imported into “${source}”`
}
