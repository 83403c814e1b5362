import { useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import type { ImportInput } from '../../../src/contract/imports.ts'
import { api } from '../../api/client.ts'
import { failureOf } from '../../api/failure.ts'
import { Badge } from '../../ui/Badge.tsx'
import { bytes, count } from '../../../src/core/format.ts'
import { Panel } from '../../ui/Panel.tsx'
import { FailureNote, Skeleton } from '../../ui/states.tsx'
import { Remarks } from '../data/Remarks.tsx'
import styles from './columns/SamplePanel.module.css'
import { Codes } from './Codes.tsx'
import { CODES } from './import-words.ts'
import { words } from '../../words/words.ts'

const t = words.import

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
      <Panel title={t('survey.title')}>
        {progress.data && <p>{t('survey.progress', { done: bytes(progress.data.done), total: bytes(progress.data.total) })}</p>}
        <Skeleton lines={3} label={t('survey.reading')} />
      </Panel>
    )
  }
  if (survey.isError) return <FailureNote failure={failureOf(survey.error)} />
  const { records, pairs, images, refused, imageFields, remarks } = survey.data
  return (
    <Panel title={t('survey.titleOf', { count: records })} detail={t('nothingYet')}>
      <p>
        {images === 0
          ? t('survey.noImages', { pairs })
          : t.rich('survey.images', { pairs, images, fields: () => <Codes values={imageFields.map(({ field }) => field)} /> })}
      </p>
      {refused.length > 0 && (
        <ul className={styles.remarks}>
          <li>
            {t.rich('survey.quarantined', {
              codes: () =>
                refused.map(({ code, records: many }) => (
                  <Badge key={code} tone="warning">
                    {CODES[code]}: {count(many)}
                  </Badge>
                )),
            })}
          </li>
        </ul>
      )}
      {remarks.length > 0 && <Remarks remarks={remarks} when="before" />}
    </Panel>
  )
}
