import type { Model, ModelKind } from '../../../src/contract/models.ts'

/** What each kind of model is called, and what it is for. */
export const MODEL_KINDS: Record<ModelKind, { label: string; use: string }> = {
  encoder: { label: 'Sentence encoder', use: 'The blind test reads the meaning of responses with it.' },
  'reward-model': { label: 'Reward model', use: 'The blind test scores responses with it, without the image.' },
  clip: { label: 'Image and text towers', use: 'The probe reads images with it.' },
}

/** Where the files come from, in a few words. */
export function originOf({ source }: Model): string {
  switch (source.type) {
    case 'folder':
      return 'Folder'
    case 'hub':
      return `Hub: ${source.repo} at ${source.revision.slice(0, 8)}`
    case 'package':
      return `Built from ${source.package} ${source.version}`
    case 'run':
      return `Training run ${source.runId.slice(0, 8)}`
  }
}

/** Whether Blindfold fetched or made the files itself: then they go with the model. */
export const ownsFiles = ({ source }: Model): boolean => source.type === 'hub' || source.type === 'package'

/** How it reads: `fp32, mean pooling, 256 tokens`. */
export const readingOf = ({ precision, pooling, maxLength }: Model): string =>
  [
    precision,
    pooling && (pooling === 'cls' ? 'CLS token' : pooling === 'mean' ? 'mean of the tokens' : 'last token'),
    `${maxLength} tokens at most`,
  ]
    .filter(Boolean)
    .join(', ')
