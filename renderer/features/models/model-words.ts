import type { Model, ModelKind } from '../../../src/contract/models.ts'
import { words } from '../../words/words.ts'

const t = words.models

/** What each kind of model is called, and what it is for. */
export const MODEL_KINDS: Record<ModelKind, { label: string; use: string }> = {
  encoder: { label: t('kind.encoder'), use: t('use.encoder') },
  'reward-model': { label: t('kind.reward-model'), use: t('use.reward-model') },
  clip: { label: t('kind.clip'), use: t('use.clip') },
}

/** Where the files come from, in a few words. */
export function originOf({ source }: Model): string {
  switch (source.type) {
    case 'folder':
      return t('origin.folder')
    case 'hub':
      return t('origin.hub', { repo: source.repo, commit: source.revision.slice(0, 8) })
    case 'package':
      return t('origin.package', { name: source.package, version: source.version })
    case 'run':
      return t('origin.run', { run: source.runId.slice(0, 8) })
  }
}

/** Whether Blindfold fetched or made the files itself: then they go with the model. */
export const ownsFiles = ({ source }: Model): boolean => source.type === 'hub' || source.type === 'package'

/** How it reads: `fp32, mean pooling, 256 tokens`. */
export const readingOf = ({ precision, pooling, maxLength }: Model): string =>
  [precision, pooling && t(`reading.${pooling}`), t('reading.length', { count: maxLength })].filter(Boolean).join(', ')
