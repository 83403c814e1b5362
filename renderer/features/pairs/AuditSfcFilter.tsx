import { ChevronDown } from 'lucide-react'
import { useState } from 'react'
import type { PairFilter } from '../../../src/contract/pairs.ts'
import { Button } from '../../ui/Button.tsx'
import { Field, Input } from '../../ui/Field.tsx'
import { Popover } from '../../ui/overlays/Popover.tsx'
import { RangeSlider } from '../../ui/charts/RangeSlider.tsx'
import styles from './FilterBar.module.css'
import { words } from '../../words/words.ts'

const t = words.pairs

type Range = Pick<PairFilter, 'auditSfcMin' | 'auditSfcMax'>

/** The range of the audit SFC: two handles, or two numbers. A bound at the end of the scale is no bound, so pairs without an audit stay in. */
export function AuditSfcFilter({ auditSfcMin, auditSfcMax, onChange }: Range & { onChange: (range: Range) => void }) {
  const active = auditSfcMin !== undefined || auditSfcMax !== undefined
  return (
    <Popover
      label={t('sfc.range')}
      button={{
        pressed: active,
        children: (
          <span className={styles.facet}>
            {t('sfc.label')}
            {active && (
              <span className={styles.chosen}>
                {(auditSfcMin ?? 0).toFixed(2)}–{(auditSfcMax ?? 1).toFixed(2)}
              </span>
            )}
            <ChevronDown size={13} aria-hidden />
          </span>
        ),
      }}
    >
      <RangeForm key={`${auditSfcMin}:${auditSfcMax}`} range={[auditSfcMin ?? 0, auditSfcMax ?? 1]} active={active} onChange={onChange} />
    </Popover>
  )
}

function RangeForm({ range, active, onChange }: { range: [number, number]; active: boolean; onChange: (range: Range) => void }) {
  const [draft, setDraft] = useState<[number, number]>(range)
  const commit = ([low, high]: [number, number]) => {
    if (low === range[0] && high === range[1]) return
    onChange({ auditSfcMin: low > 0 ? low : undefined, auditSfcMax: high < 1 ? high : undefined })
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
      <RangeSlider label={t('sfc.label')} value={draft} onChange={setDraft} onCommit={commit} />
      <div className={styles.ends} aria-hidden>
        <span>{t('sfc.low')}</span>
        <span>{t('sfc.high')}</span>
      </div>
      <div className={styles.bounds}>
        {bound(t('sfc.atLeast'), 0)}
        {bound(t('sfc.atMost'), 1)}
      </div>
      {active && (
        <Button size="small" tone="quiet" onClick={() => onChange({ auditSfcMin: undefined, auditSfcMax: undefined })}>
          {t('filter.showAll')}
        </Button>
      )}
    </div>
  )
}
