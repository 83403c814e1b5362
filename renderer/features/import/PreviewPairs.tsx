import { ImageOff } from 'lucide-react'
import type { ImportPreview } from '../../../src/contract/imports.ts'
import { Panel } from '../../ui/Panel.tsx'
import { EmptyState } from '../../ui/states.tsx'
import styles from './PreviewPairs.module.css'
import { firstOf } from './import-words.ts'

/** The first pairs as they would be imported. */
export function PreviewPairs({ preview: { pairs, hosts, missingImages } }: { preview: ImportPreview }) {
  const withImages = hosts.length > 0 || missingImages > 0 || pairs.some(({ thumbnails }) => thumbnails.length > 0)
  return (
    <Panel title="Preview" detail={pairs.length > 0 && firstOf(pairs.length, 'pair')} flush={pairs.length > 0}>
      {pairs.length === 0 ? (
        <EmptyState title="No pair could be read">
          <p>Choose another format, or name the columns yourself: “My own columns”.</p>
        </EmptyState>
      ) : (
        <table className={styles.pairs}>
          <thead>
            <tr>
              <th scope="col">Row</th>
              {withImages && (
                <th scope="col" className={styles.image}>
                  Image
                </th>
              )}
              <th scope="col">Prompt</th>
              <th scope="col">Chosen</th>
              <th scope="col">Rejected</th>
            </tr>
          </thead>
          <tbody>
            {pairs.map((pair, i) => (
              <tr key={i}>
                <td className={styles.row} title={pair.externalId ?? undefined}>
                  {pair.row}
                </td>
                {withImages && (
                  <td>
                    <div className={styles.thumbnails}>
                      {pair.thumbnails.map((source, at) => (
                        <img key={at} src={source} alt={`Image ${at + 1} of row ${pair.row}`} />
                      ))}
                      {pair.thumbnails.length === 0 && (
                        <span className={styles.none} title="No image to show">
                          <ImageOff size={16} aria-label="No image to show" />
                        </span>
                      )}
                    </div>
                  </td>
                )}
                <td>
                  <p dir="auto" className={styles.text}>
                    {pair.prompt}
                  </p>
                </td>
                <td>
                  <p dir="auto" className={styles.text}>
                    {pair.chosen}
                  </p>
                </td>
                <td>
                  <p dir="auto" className={styles.text}>
                    {pair.rejected}
                  </p>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Panel>
  )
}
