import { ImageOff, TriangleAlert } from 'lucide-react'
import type { ImportPreview } from '../../../src/contract/imports.ts'
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
      {rejections.length > 0 && (
        <Panel title={`${plural(rejections.length, 'record')} of the preview would be quarantined`}>
          <ul className={styles.rejections}>
            {rejections.map((rejection) => (
              <li key={`${rejection.row}-${rejection.field}`}>
                <TriangleAlert size={14} aria-hidden />
                <span>Row {rejection.row}</span>
                <Badge tone="warning">{CODES[rejection.code]}</Badge>
                {rejection.field && <code>{rejection.field}</code>}
                <span className={styles.reason}>{rejection.reason}</span>
              </li>
            ))}
          </ul>
        </Panel>
      )}
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
