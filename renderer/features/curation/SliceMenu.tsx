import { useQuery } from '@tanstack/react-query'
import { Bookmark, BookmarkPlus, ChevronDown, Pencil, Trash2 } from 'lucide-react'
import type { Slice } from '../../../src/contract/curation.ts'
import type { PairFilter } from '../../../src/contract/pairs.ts'
import { api } from '../../api/client.ts'
import { writePairQuery } from '../../state/pair-query.ts'
import { Button, IconButton } from '../../ui/Button.tsx'
import { isolated } from '../../ui/text/direction.ts'
import { count } from '../../../src/core/format.ts'
import { Popover } from '../../ui/overlays/Popover.tsx'
import { Skeleton } from '../../ui/states.tsx'
import { describeFilter } from '../../../src/core/pair-filters.ts'
import { applySlice, deleteSlice } from './curation-actions.ts'
import styles from './Curation.module.css'
import { openCuration } from './dialogs.ts'
import { words } from '../../words/words.ts'

const t = words.curation

/** The slices of the project; its button says which one the list shows. */
export function SliceMenu({ filter }: { filter: PairFilter }) {
  const slices = useQuery(api.slices.list.queryOptions())
  const shown = slices.data?.find((slice) => writePairQuery({ filter: slice.filter }) === writePairQuery({ filter }))
  return (
    <Popover
      label={t('slice.title')}
      align="end"
      flush
      button={{
        pressed: shown !== undefined,
        tone: 'quiet',
        icon: Bookmark,
        'aria-label': shown ? t('slice.titleShown', { name: shown.name }) : t('slice.title'),
        children: (
          <span className={styles.button}>
            <span className={styles.buttonName}>
              <bdi>{shown?.name ?? t('slice.title')}</bdi>
            </span>
            <ChevronDown size={13} aria-hidden />
          </span>
        ),
      }}
    >
      {(close) => (
        <div className={styles.slices}>
          <SliceList shown={shown} close={close} />
          {describeFilter(filter) === '' ? (
            <p className={styles.none}>{t('slice.emptyHint')}</p>
          ) : shown ? null : (
            <Button
              tone="quiet"
              changes
              icon={BookmarkPlus}
              onClick={() => {
                close()
                openCuration({ kind: 'save-slice', filter })
              }}
            >
              {t('slice.saveOpen')}
            </Button>
          )}
        </div>
      )}
    </Popover>
  )
}

function SliceList({ shown, close }: { shown: Slice | undefined; close: () => void }) {
  // Their counts are as they were when the list was opened.
  const slices = useQuery({ ...api.slices.list.queryOptions(), refetchOnMount: 'always' })
  if (slices.isPending) return <Skeleton lines={2} label={t('slice.loading')} />
  if (!slices.data || slices.data.length === 0) return <p className={styles.none}>{t('slice.empty')}</p>
  return (
    <ul className={styles.sliceList} aria-label={t('slice.title')}>
      {slices.data.map((slice) => (
        <li key={slice.id} className={styles.slice}>
          <button
            type="button"
            className={styles.open}
            aria-current={slice === shown || undefined}
            onClick={() => {
              close()
              applySlice(slice)
            }}
          >
            <span dir="auto" className={styles.sliceName}>
              {slice.name}
            </span>
            <span className={styles.sliceCount}>{count(slice.pairs)}</span>
            <span className={styles.sliceFilter}>{isolated(describeFilter(slice.filter)) || t('allPairs')}</span>
          </button>
          <IconButton
            label={t('slice.renameOpen', { name: slice.name })}
            icon={Pencil}
            changes
            size="small"
            onClick={() => {
              close()
              openCuration({ kind: 'rename-slice', slice })
            }}
          />
          <IconButton
            label={t('slice.deleteOf', { name: slice.name })}
            icon={Trash2}
            size="small"
            changes
            onClick={() => void deleteSlice(slice)}
          />
        </li>
      ))}
    </ul>
  )
}
