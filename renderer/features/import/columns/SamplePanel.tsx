import { TriangleAlert } from 'lucide-react'
import type { ImportPreview, QuarantineCode, Rejection } from '../../../../src/contract/imports.ts'
import { Badge } from '../../../ui/Badge.tsx'
import { plural } from '../../../../src/core/format.ts'
import { Panel } from '../../../ui/Panel.tsx'
import { ShareBar } from '../../../ui/charts/ShareBar.tsx'
import { FATES } from './colors.ts'
import { isolated } from '../../../ui/text/direction.ts'
import styles from './SamplePanel.module.css'
import { CODES, firstOf } from '../import-words.ts'

/** Result for the first records, in one bar, and why those that would be refused would be. */
export function SamplePanel({ preview }: { preview: ImportPreview }) {
  const { records, tied, missingImages, rejections, hosts } = preview
  const read = Math.max(0, records - rejections.length)
  return (
    <Panel title={firstOf(records, 'record')} detail="Nothing has been written yet.">
      <ShareBar
        label="Result for the first records"
        parts={[
          { label: 'can be read', value: read, color: FATES.imported },
          { label: 'would be quarantined', value: rejections.length, color: FATES.quarantined },
        ]}
      />
      {(tied > 0 || missingImages > 0 || hosts.length > 0) && (
        <ul className={styles.remarks}>
          {tied > 0 && (
            <li>
              <Badge>{plural(tied, 'tie')}</Badge> judged equally good: imported, excluded from training
            </li>
          )}
          {missingImages > 0 && (
            <li>
              <Badge tone="warning">{plural(missingImages, 'missing image')}</Badge> not where the file says: choose the images folder, or
              find them later
            </li>
          )}
          {hosts.length > 0 && (
            <li>
              <Badge tone="accent">
                {plural(
                  hosts.reduce((sum, { images }) => sum + images, 0),
                  'image',
                )}{' '}
                on the web
              </Badge>{' '}
              downloaded from selected hosts only
            </li>
          )}
        </ul>
      )}
      {rejections.length > 0 && <Rejections rejections={rejections} />}
    </Panel>
  )
}

const SHOWN = 5

function Rejections({ rejections }: { rejections: readonly Rejection[] }) {
  const byCode = new Map<QuarantineCode, number>()
  for (const { code } of rejections) byCode.set(code, (byCode.get(code) ?? 0) + 1)
  return (
    <details className={styles.refused}>
      <summary>
        Why {plural(rejections.length, 'record')} would be quarantined
        {[...byCode].map(([code, number]) => (
          <Badge key={code} tone="warning">
            {CODES[code]}: {number}
          </Badge>
        ))}
      </summary>
      <ul>
        {rejections.slice(0, SHOWN).map((rejection) => (
          <li key={`${rejection.row}-${rejection.field}`}>
            <TriangleAlert size={14} aria-hidden />
            <span className={styles.row}>Row {rejection.row}</span>
            {rejection.field && <code dir="auto">{rejection.field}</code>}
            <span className={styles.reason}>{isolated(rejection.reason)}</span>
          </li>
        ))}
        {rejections.length > SHOWN && (
          <li className={styles.reason}>and {plural(rejections.length - SHOWN, 'more record', 'more records')}</li>
        )}
      </ul>
    </details>
  )
}
