import { useQuery } from '@tanstack/react-query'
import { X } from 'lucide-react'
import { useState } from 'react'
import type { ImportPreview, SavedMap } from '../../../../src/contract/imports.ts'
import { api, client, queryClient } from '../../../api/client.ts'
import { Button, IconButton } from '../../../ui/Button.tsx'
import { Field, Input } from '../../../ui/Field.tsx'
import { Popover } from '../../../ui/overlays/Popover.tsx'
import { toast, toastError } from '../../../ui/overlays/Toast.tsx'
import type { LabelValues } from './labels.ts'
import { completeMap, draftFrom, fits, type MapDraft, mapText } from './mapping.ts'
import { isolated } from '../../../ui/text/direction.ts'
import styles from './Mapping.module.css'
import { words } from '../../../words/words.ts'

const t = words.import

const remember = (maps: SavedMap[]) => queryClient.setQueryData(api.columnMaps.list.queryKey(), maps)

/** Column maps kept under a name, for all projects: use one, take one away, save the present one. */
export function SavedMaps({
  draft,
  labels,
  columns,
  onUse,
}: {
  draft: MapDraft
  labels: LabelValues | null
  columns: ImportPreview['columns']
  onUse: (draft: MapDraft, labels: LabelValues | null) => void
}) {
  const saved = useQuery(api.columnMaps.list.queryOptions())
  const map = completeMap(draft)
  const maps = saved.data ?? []
  const fitting = maps.filter((each) => fits(each.map, columns) && (!map || mapText(each.map) !== mapText(map)))
  const forget = async (name: string) => {
    try {
      remember(await client.columnMaps.remove({ name }))
    } catch (error) {
      toastError(error)
    }
  }
  return (
    <>
      {fitting.slice(0, 1).map((each) => (
        <Button key={each.name} size="small" hint={mapText(each.map)} onClick={() => onUse(draftFrom(each.map), each.labels ?? null)}>
          {t.rich('map.use', { name: () => <bdi>{each.name}</bdi> })}
        </Button>
      ))}
      {maps.length > 0 && (
        <Popover label={t('map.savedLabel')} align="end" flush button={{ size: 'small', children: t('map.saved') }}>
          {(close) => (
            <ul className={styles.saved}>
              {maps.map((each) => (
                <li key={each.name}>
                  <button
                    type="button"
                    className={styles.map}
                    onClick={() => {
                      onUse(draftFrom(each.map), each.labels ?? null)
                      close()
                    }}
                  >
                    <bdi>{each.name}</bdi>
                    <span title={isolated(mapText(each.map))}>{isolated(mapText(each.map))}</span>
                  </button>
                  <IconButton label={t('map.delete', { name: each.name })} icon={X} size="small" onClick={() => void forget(each.name)} />
                </li>
              ))}
            </ul>
          )}
        </Popover>
      )}
      <Popover label={t('map.saveTitle')} align="end" button={{ size: 'small', children: t('map.saveOpen'), disabled: map === null }}>
        {(close) =>
          map && (
            <SaveForm
              saved={{ map, ...(labels && draft.shape === 'judged' && { labels }) }}
              taken={maps.map(({ name }) => name)}
              onDone={close}
            />
          )
        }
      </Popover>
    </>
  )
}

function SaveForm({ saved, taken, onDone }: { saved: Omit<SavedMap, 'name'>; taken: readonly string[]; onDone: () => void }) {
  const [name, setName] = useState('')
  const save = async () => {
    if (name.trim() === '') return
    try {
      remember(await client.columnMaps.save({ name: name.trim(), ...saved }))
      toast(t('map.savedToast', { name: name.trim() }), { detail: t('map.savedDetail') })
      onDone()
    } catch (error) {
      toastError(error)
    }
  }
  return (
    <form
      className={styles.save}
      onSubmit={(event) => {
        event.preventDefault()
        void save()
      }}
    >
      <Field label={t('map.name')} hint={taken.includes(name.trim()) ? t('map.taken') : undefined}>
        {(props) => <Input {...props} value={name} maxLength={100} onChange={(event) => setName(event.target.value)} />}
      </Field>
      <Button type="submit" tone="primary" disabled={name.trim() === ''}>
        {t('map.save')}
      </Button>
    </form>
  )
}
