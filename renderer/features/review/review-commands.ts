import {
  ArrowLeft,
  ArrowRight,
  Check,
  ChevronLeft,
  ChevronRight,
  Eye,
  EyeOff,
  Flame,
  List,
  Pencil,
  Redo2,
  RefreshCcw,
  Scale,
  Trash2,
  Undo2,
} from 'lucide-react'
import type { PairDetail } from '../../../src/contract/pairs.ts'
import type { Command } from '../../commands/registry.ts'
import { navigate } from '../../state/location.ts'
import { type PairQuery, pairsPath } from '../../state/pair-query.ts'
import { annotate, redoLabel, undoLabel } from './label-actions.ts'
import { setDraft } from './edit/drafts.ts'
import type { Queue } from './queue.ts'
import { setInspect } from './session.ts'
import type { Side, Sides } from './sides.ts'
import { words } from '../../words/words.ts'

const t = words.review

/**
 * `choosing`: the label is hidden. `decided`: something was said of the pair, so its label is shown. `inspect`: labels are
 * shown before the choice too.
 */
export type ReviewMode = 'choosing' | 'decided' | 'inspect'

const GROUP = t('group')

/** Everything that can be done with the pair on the page. Keeping and flipping have keys only where the label is in sight. */
export function reviewCommands({
  pair,
  sides,
  mode,
  blind,
  editing,
  queue,
  query,
  attribution,
}: {
  pair: PairDetail
  sides: Sides
  mode: ReviewMode
  /** The label has not been seen: what is said now is recorded as a blind judgement. */
  blind: boolean
  editing: boolean
  queue: Queue
  query: PairQuery
  attribution: { shown: boolean; toggle: () => void }
}) {
  const { pairId } = pair
  const idle = () => !editing
  const inspecting = () => idle() && mode === 'inspect'
  const say = (action: 'keep' | 'flip' | 'tie' | 'discard') => async () => void (await annotate({ pairId, action, blind }))
  const better = (side: Side) => say(sides[side] === 'chosen' ? 'keep' : 'flip')
  return {
    left: {
      id: 'review.left',
      label: t('command.left'),
      changes: true,
      keys: ['1', 'ArrowLeft'],
      group: GROUP,
      icon: ArrowLeft,
      predicate: idle,
      perform: better('left'),
    },
    right: {
      id: 'review.right',
      label: t('command.right'),
      changes: true,
      keys: ['2', 'ArrowRight'],
      group: GROUP,
      icon: ArrowRight,
      predicate: idle,
      perform: better('right'),
    },
    keep: {
      id: 'review.keep',
      label: t('command.keep'),
      changes: true,
      keys: mode === 'inspect' ? ['k'] : [],
      group: GROUP,
      icon: Check,
      predicate: inspecting,
      perform: say('keep'),
    },
    flip: {
      id: 'review.flip',
      label: t('command.flip'),
      changes: true,
      keys: mode === 'inspect' ? ['f'] : [],
      group: GROUP,
      icon: RefreshCcw,
      predicate: inspecting,
      perform: say('flip'),
    },
    tie: {
      id: 'review.tie',
      label: t('command.tie'),
      changes: true,
      keys: ['t'],
      group: GROUP,
      icon: Scale,
      predicate: idle,
      perform: say('tie'),
    },
    edit: {
      id: 'review.edit',
      label: t('command.edit'),
      changes: true,
      keys: ['e'],
      group: GROUP,
      icon: Pencil,
      predicate: idle,
      perform: () => setDraft(pairId, { prompt: pair.prompt, chosen: pair.chosen, rejected: pair.rejected }),
    },
    discard: {
      id: 'review.discard',
      label: t('command.discard'),
      changes: true,
      keys: ['d'],
      group: GROUP,
      icon: Trash2,
      predicate: idle,
      perform: say('discard'),
    },
    next: {
      id: 'review.next',
      label: t('command.next'),
      keys: ['n', 'j'],
      group: GROUP,
      icon: ChevronRight,
      predicate: () => queue.next !== null,
      perform: () => queue.go(queue.next),
    },
    previous: {
      id: 'review.previous',
      label: t('command.previous'),
      keys: ['p'],
      group: GROUP,
      icon: ChevronLeft,
      predicate: () => queue.previous !== null,
      perform: () => queue.go(queue.previous),
    },
    undo: {
      id: 'review.undo',
      label: t('command.undo'),
      changes: true,
      keys: ['u', 'Mod+Z'],
      group: GROUP,
      icon: Undo2,
      perform: undoLabel,
    },
    redo: {
      id: 'review.redo',
      label: t('command.redo'),
      changes: true,
      keys: ['Shift+U', 'Mod+Shift+Z', 'Mod+Y'],
      group: GROUP,
      icon: Redo2,
      perform: redoLabel,
    },
    inspect: {
      id: 'review.inspect',
      label: t(mode === 'inspect' ? 'command.blind' : 'command.inspect'),
      keys: ['r'],
      group: GROUP,
      icon: mode === 'inspect' ? EyeOff : Eye,
      predicate: idle,
      perform: () => setInspect(mode !== 'inspect'),
    },
    attribution: {
      id: 'review.attribution',
      label: t(attribution.shown ? 'command.hideWords' : 'command.showWords'),
      keys: ['a'],
      group: GROUP,
      icon: Flame,
      predicate: () => idle() && mode !== 'choosing',
      perform: attribution.toggle,
    },
    list: {
      id: 'review.list',
      label: t('command.list'),
      keys: ['l'],
      group: GROUP,
      icon: List,
      perform: () => navigate(pairsPath(query.filter, query.sort)),
    },
  } satisfies Record<string, Command>
}
export type ReviewCommands = ReturnType<typeof reviewCommands>
