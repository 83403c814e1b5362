import { ChevronDown } from 'lucide-react'
import { useState } from 'react'
import { Button } from '../../ui/Button.tsx'
import { Field, Input } from '../../ui/Field.tsx'
import { Popover } from '../../ui/Popover.tsx'
import { RangeSlider } from '../../ui/RangeSlider.tsx'
import styles from './FilterBar.module.css'

type Range = { sfcMin?: number; sfcMax?: number }

/** The range of SFC: two handles, or two numbers. A bound at the end of the scale is no bound, so unscored pairs stay in. */
export function SfcFilter({ sfcMin, sfcMax, onChange }: Range & { onChange: (range: Range) => void }) {
  const active = sfcMin !== undefined || sfcMax !== undefined
  return (
    <Popover
      label="SFC range"
      button={{
        pressed: active,
        children: (
          <span className={styles.facet}>
            SFC
            {active && (
              <span className={styles.chosen}>
                {(sfcMin ?? 0).toFixed(2)}–{(sfcMax ?? 1).toFixed(2)}
              </span>
            )}
            <ChevronDown size={13} aria-hidden />
          </span>
        ),
      }}
    >
      <RangeForm key={`${sfcMin}:${sfcMax}`} range={[sfcMin ?? 0, sfcMax ?? 1]} active={active} onChange={onChange} />
    </Popover>
  )
}

function RangeForm({ range, active, onChange }: { range: [number, number]; active: boolean; onChange: (range: Range) => void }) {
  const [draft, setDraft] = useState<[number, number]>(range)
  const commit = ([low, high]: [number, number]) => {
    if (low === range[0] && high === range[1]) return
    onChange({ sfcMin: low > 0 ? low : undefined, sfcMax: high < 1 ? high : undefined })
  }
  const bound = (label: string, index: 0 | 1) => (
    <Field label={label}>
      {(props) => (
        <Input
          {...props}
          type="number"
          min={0}
          max={1}
          step={0.05}
          value={draft[index]}
          onChange={(event) => {
            const value = Math.min(1, Math.max(0, Number(event.target.value)))
            setDraft(index === 0 ? [value, Math.max(value, draft[1])] : [Math.min(value, draft[0]), value])
          }}
          onBlur={() => commit(draft)}
          onKeyDown={(event) => event.key === 'Enter' && commit(draft)}
        />
      )}
    </Field>
  )
  return (
    <div className={styles.range}>
      <RangeSlider label="SFC" value={draft} onChange={setDraft} onCommit={commit} />
      <div className={styles.ends} aria-hidden>
        <span>text gives it away</span>
        <span>needs the image</span>
      </div>
      <div className={styles.bounds}>
        {bound('At least', 0)}
        {bound('At most', 1)}
      </div>
      {active && (
        <Button size="small" tone="quiet" onClick={() => onChange({ sfcMin: undefined, sfcMax: undefined })}>
          Show all
        </Button>
      )}
    </div>
  )
}
