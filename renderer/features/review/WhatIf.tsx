import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { api } from '../../api/client.ts'
import { failureOf } from '../../api/failure.ts'
import { signed } from '../../ui/format.ts'
import { SfcValue } from '../../ui/SfcValue.tsx'
import type { Draft } from './drafts.ts'
import styles from './WhatIf.module.css'

/** How long typing must rest before the proxy is asked. */
const REST_MS = 250

/** What the edit would do to text margin and SFC, by the model that never saw the pair. Nothing is saved. */
export function WhatIf({ pairId, draft, audit }: { pairId: number; draft: Draft; audit: boolean }) {
  const rested = useRested(draft)
  const found = useQuery(api.reasons.whatIf.queryOptions({ input: { pairId, ...rested }, placeholderData: keepPreviousData, gcTime: 0 }))
  if (found.isError) return <p className={styles.whatIf}>What the edit would do cannot be told: {failureOf(found.error).message}</p>
  if (!found.data) return <p className={styles.whatIf}>{found.isPending ? 'Working out what the edit would do…' : 'No blind test has scored this pair: what the edit would do is not known.'}</p>
  const { before, after } = found.data
  const kind = audit ? 'audit' : 'prior'
  return (
    <dl className={styles.whatIf} aria-label="What the edit would do" data-old={found.isPlaceholderData || rested !== draft || undefined} aria-live="polite">
      <div>
        <dt>Text margin</dt>
        <dd>
          {signed(before.textMargin)} → <strong>{signed(after.textMargin)}</strong>
        </dd>
      </div>
      <div>
        <dt>SFC</dt>
        <dd>
          <SfcValue sfc={before.sfc} kind={kind} stale={false} /> → <SfcValue sfc={after.sfc} kind={kind} stale={false} />
        </dd>
      </div>
      <div>
        <dt>Text alone</dt>
        <dd>{after.textMargin > 0 ? 'guesses the label' : 'does not guess the label'}</dd>
      </div>
    </dl>
  )
}

function useRested<Value>(value: Value): Value {
  const [rested, setRested] = useState(value)
  useEffect(() => {
    const timer = setTimeout(() => setRested(value), REST_MS)
    return () => clearTimeout(timer)
  }, [value])
  return rested
}
