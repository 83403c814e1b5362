import { TriangleAlert } from 'lucide-react'
import type { ImportPreview, QuarantineCode, Rejection } from '../../../../src/contract/imports.ts'
import { Badge } from '../../../ui/Badge.tsx'
import { Panel } from '../../../ui/Panel.tsx'
import { ShareBar } from '../../../ui/charts/ShareBar.tsx'
import { FATES } from './colors.ts'
import { isolated } from '../../../ui/text/direction.ts'
import styles from './SamplePanel.module.css'
import { CODES } from '../import-words.ts'
import { words } from '../../../words/words.ts'

const t = words.import

/** Result for the first records, in one bar, and why those that would be refused would be. */
export function SamplePanel({ preview }: { preview: ImportPreview }) {
  const { records, tied, missingImages, rejections, hosts } = preview
  const read = Math.max(0, records - rejections.length)
  const onWeb = hosts.reduce((sum, { images }) => sum + images, 0)
  return (
    <Panel title={t('firstRecords', { count: records })} detail={t('nothingYet')}>
      <ShareBar
        label={t('sample.label')}
        parts={[
          { label: t('sample.read'), value: read, color: FATES.imported },
          { label: t('sample.quarantined'), value: rejections.length, color: FATES.quarantined },
        ]}
      />
      {(tied > 0 || missingImages > 0 || onWeb > 0) && (
        <ul className={styles.remarks}>
          {tied > 0 && <li>{t.rich('sample.tied', { count: tied, badge: (chunks) => <Badge>{chunks}</Badge> })}</li>}
          {missingImages > 0 && (
            <li>{t.rich('sample.missing', { count: missingImages, badge: (chunks) => <Badge tone="warning">{chunks}</Badge> })}</li>
          )}
          {onWeb > 0 && <li>{t.rich('sample.web', { count: onWeb, badge: (chunks) => <Badge tone="accent">{chunks}</Badge> })}</li>}
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
        {t('sample.reasons', { count: rejections.length })}
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
            <span className={styles.row}>{t('sample.row', { row: rejection.row })}</span>
            {rejection.field && <code dir="auto">{rejection.field}</code>}
            <span className={styles.reason}>{isolated(rejection.reason)}</span>
          </li>
        ))}
        {rejections.length > SHOWN && <li className={styles.reason}>{t('sample.more', { count: rejections.length - SHOWN })}</li>}
      </ul>
    </details>
  )
}
