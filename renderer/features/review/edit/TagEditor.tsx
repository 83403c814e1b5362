import { useQuery } from '@tanstack/react-query'
import { Plus, Tag, X } from 'lucide-react'
import { useId, useRef, useState } from 'react'
import type { PairDetail } from '../../../../src/contract/pairs.ts'
import { api, client, queryClient } from '../../../api/client.ts'
import { type Command, useCommands } from '../../../commands/registry.ts'
import { READ_ONLY_NOTICE, said, useReadOnly } from '../../../state/read-only.ts'
import { Input } from '../../../ui/Field.tsx'
import { isolated } from '../../../ui/text/direction.ts'
import { LONGEST_TAG } from '../../../../src/core/vocabulary.ts'
import { toastError } from '../../../ui/overlays/Toast.tsx'
import { isComposing } from '../../../commands/keys.ts'
import styles from './TagEditor.module.css'
import { words } from '../../../words/words.ts'

const t = words.review

/**
 * The tags of the pair. While its label is hidden, tags that others gave are too (they may hint at it); those given
 * meanwhile are shown.
 */
export function TagEditor({ pair, revealed }: { pair: PairDetail; revealed: boolean }) {
  const { pairId } = pair
  const [adding, setAdding] = useState(false)
  const [given, setGiven] = useState<readonly string[]>([])
  const readOnly = useReadOnly()
  const off = readOnly !== null
  const why = readOnly ? said(readOnly) : undefined
  const button = useRef<HTMLButtonElement>(null)
  const shown = revealed ? pair.tags : pair.tags.filter((tag) => given.includes(tag))
  const hidden = pair.tags.length - shown.length

  const change = async (tags: { add?: string[]; remove?: string[] }) => {
    try {
      await client.pairs.tag({ pairId, ...tags })
      await queryClient.invalidateQueries({ queryKey: api.pairs.get.key({ input: { pairId } }) })
      if (tags.add) setGiven([...given, ...tags.add])
    } catch (error) {
      toastError(error)
    }
  }
  const add: Command = {
    id: 'tags.add',
    label: t('tags.add'),
    changes: true,
    keys: ['#'],
    group: t('group'),
    icon: Tag,
    perform: () => setAdding(true),
  }
  useCommands([add])
  const close = () => {
    setAdding(false)
    // The field that had the focus is gone with the next paint.
    requestAnimationFrame(() => button.current?.focus())
  }

  return (
    <div className={styles.tags}>
      <ul className={styles.list} aria-label={t('tags.list')}>
        {shown.map((tag) => (
          <li key={tag} className={styles.tag}>
            <span dir="auto" className={styles.name}>
              {tag}
            </span>
            <button
              type="button"
              className={styles.remove}
              disabled={off}
              aria-label={t('tags.remove', { tag })}
              title={why ?? isolated(t('tags.remove', { tag }))}
              onClick={() => void change({ remove: [tag] })}
            >
              <X size={12} aria-hidden />
            </button>
          </li>
        ))}
      </ul>
      {hidden > 0 && <span className={styles.hidden}>{t('tags.hidden', { count: hidden })}</span>}
      {adding ? (
        <NewTag have={pair.tags} onClose={close} onTag={(tag) => void change({ add: [tag] })} />
      ) : (
        <button
          ref={button}
          type="button"
          className={styles.add}
          disabled={off}
          aria-describedby={off ? READ_ONLY_NOTICE : undefined}
          title={why ?? t('tags.addHint')}
          onClick={() => setAdding(true)}
        >
          <Plus size={13} aria-hidden />
          {t(pair.tags.length === 0 ? 'tags.add' : 'tags.addMore')}
        </button>
      )}
    </div>
  )
}

/** Takes one tag after the other until it is left. */
function NewTag({ have, onTag, onClose }: { have: readonly string[]; onTag: (tag: string) => void; onClose: () => void }) {
  const facets = useQuery(api.pairs.facets.queryOptions())
  const [text, setText] = useState('')
  const listId = useId()
  const give = () => {
    const tag = text.trim()
    if (tag !== '' && !have.includes(tag)) onTag(tag)
    setText('')
    return tag !== ''
  }
  return (
    <>
      <Input
        ref={focusOnce}
        aria-label={t('tags.field')}
        placeholder={t('tags.placeholder')}
        className={styles.field}
        list={listId}
        maxLength={LONGEST_TAG}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (isComposing(event.nativeEvent)) return
          if (event.key === 'Enter' && !give()) onClose()
          if (event.key === 'Escape') onClose()
        }}
        onBlur={() => {
          if (!give()) onClose()
        }}
      />
      <datalist id={listId}>
        {facets.data?.tags
          .filter((tag) => !have.includes(tag.value))
          .map((tag) => (
            <option key={tag.value} value={tag.value} />
          ))}
      </datalist>
    </>
  )
}

/** A stable callback: it runs once, when the field appears. */
const focusOnce = (element: HTMLInputElement | null): void => element?.focus()
