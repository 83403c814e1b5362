import type { Remark, RemarkCode } from '../../../src/contract/imports.ts'
import { plural } from '../../../src/core/format.ts'
import styles from './Remarks.module.css'

/** What becomes of a field (`before` the import, where that is said otherwise), and whether a person should look at it. */
const WHAT: Record<RemarkCode, { text: string; before?: string; serious: boolean }> = {
  'unused-image': { text: 'Looks like images. Not used as images, kept as metadata.', serious: true },
  'other-label': {
    text: 'The label in this file differs and was not taken.',
    before: 'The label in this file differs and is not taken.',
    serious: true,
  },
  'repeated-id': { text: 'The ID repeats, so it is not an ID. Kept as metadata.', serious: false },
  'not-a-number': { text: 'NaN or Infinity. The value is left out.', serious: true },
  dropped: { text: 'Not imported.', serious: true },
  metadata: { text: 'Not part of a pair. Kept as metadata.', serious: false },
}

/** Fields with something to say, each with its records and what becomes of it. */
export function Remarks({ remarks, when }: { remarks: readonly Remark[]; when: 'before' | 'after' }) {
  return (
    <table className={styles.remarks} aria-label="Fields">
      <thead>
        <tr>
          <th scope="col">Field</th>
          <th scope="col">Records</th>
          <th scope="col">Result</th>
        </tr>
      </thead>
      <tbody>
        {remarks.map(({ code, field, records, firstRow }) => (
          <tr key={`${code} ${field}`} data-serious={WHAT[code].serious || undefined}>
            <th scope="row">
              <code dir="auto">{field}</code>
            </th>
            <td title={`First in row ${firstRow}`}>{plural(records, 'record')}</td>
            <td>{(when === 'before' && WHAT[code].before) || WHAT[code].text}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
