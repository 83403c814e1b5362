import type { PairStatus } from './vocabulary.ts'

/** The three texts of a pair. */
export type Texts = { prompt: string; chosen: string; rejected: string }

export type Label = { status: PairStatus; texts: Texts }
export type LabelAction = { action: 'keep' | 'flip' | 'tie' | 'discard' } | ({ action: 'edit' } & Texts)

/**
 * What a pair is after an annotator's action. Actions speak of the pair as it stands (`current`): `keep` confirms its
 * label and brings a tied or discarded pair back, `flip` swaps the responses, `edit` replaces the texts; `tie` and
 * `discard` leave the texts alone. A pair whose texts are as `imported` is never called flipped or edited.
 */
export function relabel(imported: Texts, current: Label, act: LabelAction): Label {
  const { status, texts } = current
  switch (act.action) {
    case 'keep':
      return { status: status === 'flipped' ? 'flipped' : statusOf(imported, texts), texts }
    case 'flip': {
      const swapped = { ...texts, chosen: texts.rejected, rejected: texts.chosen }
      if (same(imported, swapped)) return { status: 'kept', texts: swapped }
      return { status: status === 'flipped' ? 'edited' : 'flipped', texts: swapped }
    }
    case 'tie':
      return { status: 'tied', texts }
    case 'discard':
      return { status: 'discarded', texts }
    case 'edit': {
      const { prompt, chosen, rejected } = act
      const edited = { prompt, chosen, rejected }
      return { status: statusOf(imported, edited), texts: edited }
    }
  }
}

function statusOf(imported: Texts, now: Texts): PairStatus {
  if (same(imported, now)) return 'kept'
  return same(imported, { ...now, chosen: now.rejected, rejected: now.chosen }) ? 'flipped' : 'edited'
}

function same(a: Texts, b: Texts): boolean {
  return a.prompt === b.prompt && a.chosen === b.chosen && a.rejected === b.rejected
}
