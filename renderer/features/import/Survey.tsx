import { useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import type { ImportInput } from '../../../src/contract/imports.ts'
import { api } from '../../api/client.ts'
import { failureOf } from '../../api/failure.ts'
import { Badge } from '../../ui/Badge.tsx'
import { bytes, count, plural } from '../../../src/core/format.ts'
import { Panel } from '../../ui/Panel.tsx'
import { FailureNote, Skeleton } from '../../ui/states.tsx'
import { Remarks } from '../data/Remarks.tsx'
import styles from './columns/SamplePanel.module.css'
import { CODES } from './import-words.ts'

/** Typing has paused. */
const PAUSE_MS = 400
/** Between two looks at how far the survey is. */
const PROGRESS_MS = 500

function useSettled<Value>(value: Value): Value {
  const [settled, setSettled] = useState(value)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), PAUSE_MS)
    return () => clearTimeout(timer)
  }, [value])
  return settled
}

/** What all records of the files come to, before the import: one pass that stores nothing. */
export function Survey({ input: { file, format, map, labels, encoding, split, imagesDir, fetchHosts } }: { input: ImportInput }) {
  const settled = useSettled(split)
  // Where pairs belong matters only to records that bring judgements of them: for all others, typing a name reads nothing again.
  const input = { file, format, map, labels, encoding, ...(format === 'blindfold' && { split: settled, imagesDir, fetchHosts }) }
  const survey = useQuery({ ...api.imports.survey.queryOptions({ input }), staleTime: 0, retry: false })
  const progress = useQuery({
    ...api.imports.surveyProgress.queryOptions({ input: { file } }),
    enabled: survey.isPending,
    refetchInterval: PROGRESS_MS,
    staleTime: 0,
    gcTime: 0,
    retry: false,
  })
  if (survey.isPending) {
    return (
      <Panel title="All records">
        {progress.data && <p>{`Reading all records · ${bytes(progress.data.done)} of ${bytes(progress.data.total)}`}</p>}
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
      {remarks.length > 0 && <Remarks remarks={remarks} when="before" />}
    </Panel>
  )
}
