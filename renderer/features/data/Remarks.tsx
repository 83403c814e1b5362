import type { Remark, RemarkCode } from '../../../src/contract/imports.ts'
import styles from './Remarks.module.css'
import { words } from '../../words/words.ts'

const t = words.data

/** What a person should look at. */
const SERIOUS: ReadonlySet<RemarkCode> = new Set(['unused-image', 'other-label', 'not-a-number', 'dropped'])

/** Fields with something to say, each with its records and what becomes of it. */
export function Remarks({ remarks, when }: { remarks: readonly Remark[]; when: 'before' | 'after' }) {
  return (
    <table className={styles.remarks} aria-label={t('remarks.label')}>
      <thead>
        <tr>
          <th scope="col">{t('remarks.field')}</th>
          <th scope="col">{t('remarks.records')}</th>
          <th scope="col">{t('remarks.result')}</th>
        </tr>
      </thead>
      <tbody>
        {remarks.map(({ code, field, records, firstRow }) => (
          <tr key={`${code} ${field}`} data-serious={SERIOUS.has(code) || undefined}>
            <th scope="row">
              <code dir="auto">{field}</code>
            </th>
            <td title={t('remarks.firstRow', { row: firstRow })}>{t('remarks.count', { records })}</td>
            <td>{t(code === 'other-label' && when === 'before' ? 'remarks.other-label-before' : `remarks.${code}`)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
