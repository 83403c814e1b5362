import { useQuery } from '@tanstack/react-query'
import type { ImportInput } from '../../../src/contract/imports.ts'
import { api } from '../../api/client.ts'
import { failureOf } from '../../api/failure.ts'
import { Badge } from '../../ui/Badge.tsx'
import { count, plural } from '../../ui/format.ts'
import { Panel } from '../../ui/Panel.tsx'
import { FailureNote, Skeleton } from '../../ui/states.tsx'
import { Remarks } from './Remarks.tsx'
import styles from './Sample.module.css'
import { CODES } from './words.ts'

/** What all records of the files come to, before the import: one pass that stores nothing. */
export function Survey({ input: { file, format, map, labels, encoding } }: { input: ImportInput }) {
  // Not of where the pairs belong: typing a name reads nothing again.
  const input = { file, format, map, labels, encoding }
  const survey = useQuery({ ...api.imports.survey.queryOptions({ input }), staleTime: 0, retry: false })
  if (survey.isPending) {
    return (
      <Panel title="All records">
        <Skeleton lines={3} label="Reading all records" />
      </Panel>
    )
  }
  if (survey.isError) return <FailureNote failure={failureOf(survey.error)} />
  const { records, pairs, images, refused, imageFields, remarks } = survey.data
  return (
    <Panel title={`All ${plural(records, 'record')}`} detail="Nothing has been written yet.">
      <p>
        {plural(pairs, 'pair')}.{' '}
        {images === 0 ? (
          'No pair names an image.'
        ) : (
          <>
            {plural(images, 'pair')} {images === 1 ? 'names' : 'name'} images, in{' '}
            {imageFields.map(({ field }, i) => (
              <span key={field}>
                {i > 0 && ', '}
                <code dir="auto">{field}</code>
              </span>
            ))}
            .
          </>
        )}
      </p>
      {refused.length > 0 && (
        <ul className={styles.remarks}>
          <li>
            Would be quarantined:{' '}
            {refused.map(({ code, records: many }) => (
              <Badge key={code} tone="warning">
                {CODES[code]}: {count(many)}
              </Badge>
            ))}
          </li>
        </ul>
      )}
      {remarks.length > 0 && <Remarks remarks={remarks} />}
    </Panel>
  )
}
