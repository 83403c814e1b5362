import { ImageOff } from 'lucide-react'
import type { ImportPreview } from '../../../src/contract/imports.ts'
import { Panel } from '../../ui/Panel.tsx'
import { EmptyState } from '../../ui/states.tsx'
import styles from './PreviewPairs.module.css'
import { words } from '../../words/words.ts'

const t = words.import

/** The first pairs as they would be imported. */
export function PreviewPairs({ preview: { pairs, hosts, missingImages } }: { preview: ImportPreview }) {
  const withImages = hosts.length > 0 || missingImages > 0 || pairs.some(({ thumbnails }) => thumbnails.length > 0)
  return (
    <Panel title={t('preview.title')} detail={pairs.length > 0 && t('firstPairs', { count: pairs.length })} flush={pairs.length > 0}>
      {pairs.length === 0 ? (
        <EmptyState title={t('preview.empty')}>
          <p>{t.rich('preview.emptyDetail', { b: (chunks) => <b>{chunks}</b> })}</p>
        </EmptyState>
      ) : (
        <table className={styles.pairs}>
          <thead>
            <tr>
              <th scope="col">{t('preview.row')}</th>
              {withImages && (
                <th scope="col" className={styles.image}>
                  {t('preview.image')}
                </th>
              )}
              <th scope="col">{t('preview.prompt')}</th>
              <th scope="col">{t('preview.chosen')}</th>
              <th scope="col">{t('preview.rejected')}</th>
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
                        <img key={at} src={source} alt={t('preview.imageOf', { number: String(at + 1), row: pair.row })} />
                      ))}
                      {pair.thumbnails.length === 0 && (
                        <span className={styles.none} title={t('preview.noImage')}>
                          <ImageOff size={16} aria-label={t('preview.noImage')} />
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
