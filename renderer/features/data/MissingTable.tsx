import { Fragment } from 'react'
import { count } from '../../../src/core/format.ts'
import styles from './MissingTable.module.css'
import { type MissingExample, reasonsOf } from '../import/import-words.ts'
import { words } from '../../words/words.ts'

const t = words.data

/** Images that the project lacks, under the reason why, those first that most pairs name. */
export function MissingTable({ examples, images }: { examples: readonly MissingExample[]; images: number }) {
  return (
    <table className={styles.missing} aria-label={t('missing.label')}>
      <thead>
        <tr>
          <th scope="col">{images > examples.length ? t('missing.someImages', { shown: examples.length, images }) : t('missing.image')}</th>
          <th scope="col">{t('missing.pairs')}</th>
        </tr>
      </thead>
      <tbody>
        {reasonsOf(examples).map(({ reason, references }) => (
          <Fragment key={reason}>
            {references.length > 1 && (
              <tr className={styles.reason}>
                <th scope="rowgroup" colSpan={2}>
                  {reason}
                </th>
              </tr>
            )}
            {references.map(({ reference, pairs }) => (
              <tr key={reference}>
                <td>
                  <code dir="auto">{reference}</code>
                  {references.length === 1 && <span className={styles.own}>{reason}</span>}
                </td>
                <td>{count(pairs)}</td>
              </tr>
            ))}
          </Fragment>
        ))}
      </tbody>
    </table>
  )
}
