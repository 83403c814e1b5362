import { ImageOff, TriangleAlert } from 'lucide-react'
import type { ImportPreview, QuarantineCode, Rejection } from '../../../src/contract/imports.ts'
import { Badge } from '../../ui/Badge.tsx'
import { plural } from '../../ui/format.ts'
import { Panel } from '../../ui/Panel.tsx'
import { EmptyState } from '../../ui/states.tsx'
import { CODES } from './formats.ts'
import styles from './ImportPage.module.css'

/** The first records as they would be imported, and those that would be refused. */
export function PreviewPairs({ preview }: { preview: ImportPreview }) {
  const { pairs, rejections } = preview
  return (
    <>
      {rejections.length > 0 && <Rejections rejections={rejections} />}
      <Panel title="Preview" detail={`The first ${plural(pairs.length, 'pair')}. Nothing has been written yet.`} flush={pairs.length > 0}>
        {pairs.length === 0 ? (
          <EmptyState title="No pair could be read">
            <p>Choose another format or images folder.</p>
          </EmptyState>
        ) : (
          <table className={styles.pairs}>
            <thead>
              <tr>
                <th scope="col">Row</th>
                <th scope="col">Image</th>
                <th scope="col">Prompt</th>
                <th scope="col">Chosen</th>
                <th scope="col">Rejected</th>
              </tr>
            </thead>
            <tbody>
              {pairs.map((pair) => (
                <tr key={pair.row}>
                  <td className={styles.rowNumber} title={pair.externalId ?? undefined}>
                    {pair.row}
                  </td>
                  <td>
                    <div className={styles.thumbnails}>
                      {pair.thumbnails.map((source, i) => (
                        <img key={i} src={source} alt={`Image ${i + 1} of row ${pair.row}`} />
                      ))}
                      {pair.thumbnails.length === 0 && (
                        <span className={styles.noImage} title="No image">
                          <ImageOff size={16} aria-label="No image" />
                        </span>
                      )}
                    </div>
                  </td>
                  <td>
                    <p className={styles.text}>{pair.prompt}</p>
                  </td>
                  <td>
                    <p className={styles.text}>{pair.chosen}</p>
                  </td>
                  <td>
                    <p className={styles.text}>{pair.rejected}</p>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </Panel>
    </>
  )
}

const SHOWN = 5

/** How many would be refused and why, with the first of them. */
function Rejections({ rejections }: { rejections: readonly Rejection[] }) {
  const byCode = new Map<QuarantineCode, number>()
  for (const { code } of rejections) byCode.set(code, (byCode.get(code) ?? 0) + 1)
  const noImages = byCode.get('missing-image') === rejections.length || (byCode.get('missing-image') ?? 0) > SHOWN
  return (
    <Panel
      title={`${plural(rejections.length, 'record')} would be quarantined`}
      detail={noImages ? 'Most images are not where the file says: choose the images folder above.' : 'They can be listed, exported and tried again later.'}
      actions={[...byCode].map(([code, number]) => (
        <Badge key={code} tone="warning">
          {CODES[code]}: {number}
        </Badge>
      ))}
    >
      <ul className={styles.rejections}>
        {rejections.slice(0, SHOWN).map((rejection) => (
          <li key={`${rejection.row}-${rejection.field}`}>
            <TriangleAlert size={14} aria-hidden />
            <span className={styles.rejectedRow}>Row {rejection.row}</span>
            {rejection.field && <code>{rejection.field}</code>}
            <span className={styles.reason}>{rejection.reason}</span>
          </li>
        ))}
        {rejections.length > SHOWN && <li className={styles.reason}>and {plural(rejections.length - SHOWN, 'more record', 'more records')}</li>}
      </ul>
    </Panel>
  )
}
