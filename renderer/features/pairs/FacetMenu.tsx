import { ChevronDown } from 'lucide-react'
import type { ReactNode } from 'react'
import { Button } from '../../ui/Button.tsx'
import { Checkbox } from '../../ui/Field.tsx'
import { count } from '../../../src/core/format.ts'
import { Popover } from '../../ui/overlays/Popover.tsx'
import styles from './FilterBar.module.css'
import { words } from '../../words/words.ts'

const t = words.pairs

/** One facet of the filter: any of its values may be chosen; none chosen means all. */
export function FacetMenu<Value extends string>({
  label,
  options,
  chosen,
  onChange,
}: {
  label: string
  options: readonly { value: Value; label: ReactNode; count: number | undefined }[]
  chosen: readonly Value[] | undefined
  onChange: (values: Value[] | undefined) => void
}) {
  const active = chosen ?? []
  const toggle = (value: Value) => {
    const next = active.includes(value) ? active.filter((other) => other !== value) : [...active, value]
    onChange(next.length > 0 ? next : undefined)
  }
  return (
    <Popover
      label={label}
      button={{
        pressed: active.length > 0,
        disabled: options.length === 0 && active.length === 0,
        children: (
          <span className={styles.facet}>
            {label}
            {active.length > 0 && <span className={styles.chosen}>{active.length}</span>}
            <ChevronDown size={13} aria-hidden />
          </span>
        ),
      }}
    >
      <ul className={styles.options}>
        {options.map((option) => (
          <li key={option.value}>
            <Checkbox
              checked={active.includes(option.value)}
              onChange={() => toggle(option.value)}
              label={
                <span className={styles.option}>
                  <span>{option.label}</span>
                  {option.count !== undefined && <span className={styles.count}>{count(option.count)}</span>}
                </span>
              }
            />
          </li>
        ))}
      </ul>
      {active.length > 0 && (
        <Button size="small" tone="quiet" onClick={() => onChange(undefined)}>
          {t('filter.showAll')}
        </Button>
      )}
    </Popover>
  )
}
