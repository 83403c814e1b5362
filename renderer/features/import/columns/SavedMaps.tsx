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
          Use “<bdi>{each.name}</bdi>”
        </Button>
      ))}
      {maps.length > 0 && (
        <Popover label="Saved column maps" align="end" flush button={{ size: 'small', children: 'Saved maps' }}>
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
                  <IconButton label={`Delete the map ${each.name}`} icon={X} size="small" onClick={() => void forget(each.name)} />
                </li>
              ))}
            </ul>
          )}
        </Popover>
      )}
      <Popover label="Save the column map" align="end" button={{ size: 'small', children: 'Save…', disabled: map === null }}>
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
      toast(`Column map “${name.trim()}” saved`, { detail: 'It can be used in every project.' })
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
      <Field label="Name of the map" hint={taken.includes(name.trim()) ? 'Replaces the one of that name' : undefined}>
        {(props) => <Input {...props} value={name} maxLength={100} onChange={(event) => setName(event.target.value)} />}
      </Field>
      <Button type="submit" tone="primary" disabled={name.trim() === ''}>
        Save
      </Button>
    </form>
  )
}
