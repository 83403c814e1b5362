import type { DuplicateKind, PairSort, PairStatus, Quadrant } from './vocabulary.ts'

/** The words of the interface for the values of the vocabulary: what each is called, and what it means. */
type Words = { label: string; meaning: string }

export const QUADRANT_WORDS: Record<Quadrant, Words> = {
  'text-solvable': { label: 'Text-solvable', meaning: 'Both models agree with the label: the text alone is enough.' },
  'shortcut-only': {
    label: 'Shortcut only',
    meaning: 'Only the proxy agrees with the label: the text contradicts the image, or the image reference is weak.',
  },
  'image-needed': { label: 'Image needed', meaning: 'Only the image reference agrees with the label: the most valuable pairs.' },
  'suspect-label': { label: 'Suspect label', meaning: 'Neither model agrees with the label.' },
  'text-right': { label: 'Text right', meaning: 'The proxy agrees with the label. Not yet scored with the image.' },
  'text-wrong': { label: 'Text wrong', meaning: 'The proxy disagrees with the label. Not yet scored with the image.' },
}

export const STATUS_LABELS: Record<PairStatus, string> = {
  unreviewed: 'Unreviewed',
  kept: 'Kept',
  flipped: 'Flipped',
  tied: 'Tied',
  edited: 'Edited',
  discarded: 'Discarded',
}

export const DUPLICATE_WORDS: Record<DuplicateKind, Words> = {
  'same-pair': { label: 'Same pair', meaning: 'Prompt, responses and images are the same.' },
  'flipped-twin': { label: 'Flipped twin', meaning: 'Same prompt, images and responses, opposite label.' },
  'near-pair': { label: 'Nearly the same', meaning: 'The same except for case, punctuation and white space.' },
  'same-question': { label: 'Same prompt', meaning: 'Same prompt and images, different responses.' },
  'near-responses': { label: 'Near-identical responses', meaning: 'Chosen and rejected differ only in case, punctuation or white space.' },
}

export const SORT_LABELS: Record<PairSort, string> = {
  '-textMargin': 'Shortcut-prone first',
  textMargin: 'Text margin, lowest first',
  auditSfc: 'Audit SFC, lowest first',
  '-auditSfc': 'Audit SFC, highest first',
  '-suspect': 'Likely label errors first',
  id: 'Number, oldest first',
  '-id': 'Number, newest first',
}
