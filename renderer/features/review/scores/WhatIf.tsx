import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import type { Attribution } from '../../../../src/contract/pairs.ts'
import type { Reason, ReasonName } from '../../../../src/contract/reasons.ts'
import { api, client } from '../../../api/client.ts'
import { failureOf } from '../../../api/failure.ts'
import { Badge } from '../../../ui/Badge.tsx'
import { Button } from '../../../ui/Button.tsx'
import { signed } from '../../../../src/core/format.ts'
import { segments } from '../../../ui/text/segments.ts'
import { SfcValue } from '../../../ui/charts/SfcValue.tsx'
import type { Draft } from '../edit/drafts.ts'
import { HeatLegend } from '../Responses.tsx'
import type { Sides } from '../sides.ts'
import styles from './WhatIf.module.css'
import { HeatedText } from './HeatedText.tsx'
import { phraseText } from '../../../../src/core/scripts.ts'
import { words } from '../../../words/words.ts'

const t = words.review

/** How long typing must rest before the proxy is asked, and before it is asked for each word where that takes long. */
const REST_MS = 250
const WORDS_REST_MS = 1000
/** Cues that are offered for muting: the strongest that the pair has. */
const CUES = 8
const nameOf = ({ feature, kind }: ReasonName): ReasonName => ({ feature, kind })
const keyOf = ({ feature, kind }: ReasonName) => `${kind}:${feature}`

/** What the edit, or a cue that is muted, would do to text margin and prior SFC, by the model that never saw the pair. Nothing is saved. */
export function WhatIf({ pairId, draft, sides }: { pairId: number; draft: Draft; sides: Sides }) {
  const rested = useRested(draft, REST_MS)
  const still = useRested(draft, WORDS_REST_MS)
  const [muted, setMuted] = useState<readonly ReasonName[]>([])
  const reasons = useQuery(api.reasons.list.queryOptions())
  const input = { pairId, ...rested, muted: [...muted], words: still === draft }
  // The answer goes with the texts that it speaks of: the words' places are theirs.
  const found = useQuery({
    queryKey: [...api.reasons.whatIf.queryKey({ input }), 'with its texts'],
    queryFn: async ({ signal }) => ({ texts: rested, told: await client.reasons.whatIf(input, { signal }) }),
    placeholderData: keepPreviousData,
    gcTime: 0,
  })
  if (found.isError) return <p className={styles.note}>{t('effect.failed', { reason: failureOf(found.error).message })}</p>
  if (!found.data) return <p className={styles.note}>{t('effect.computing')}</p>
  const { texts, told } = found.data
  if (!told) return <p className={styles.note}>{t('effect.noScan')}</p>
  const { before, after, stored, attribution } = told
  const cues = attribution?.method === 'additive' ? cuesOf(reasons.data?.reasons ?? [], texts, muted) : []
  const toggle = (cue: ReasonName) =>
    setMuted(isIn(muted, cue) ? muted.filter((each) => keyOf(each) !== keyOf(cue)) : [...muted, nameOf(cue)])
  return (
    <div className={styles.panel} data-old={found.isPlaceholderData || rested !== draft || undefined}>
      <dl className={styles.numbers} aria-label={t('effect.label')} aria-live="polite">
        <div>
          <dt>{t('effect.textMargin')}</dt>
          <dd>
            {signed(before.textMargin)} → <strong>{signed(after.textMargin)}</strong>
          </dd>
        </div>
        <div>
          <dt>{t('effect.priorSfc')}</dt>
          <dd>
            <SfcValue sfc={before.priorSfc} kind="prior" stale={false} /> → <SfcValue sfc={after.priorSfc} kind="prior" stale={false} />
          </dd>
        </div>
        <div>
          <dt>{t('effect.textAlone')}</dt>
          <dd>{t(after.textMargin > 0 ? 'effect.predicts' : 'effect.predictsNot')}</dd>
        </div>
      </dl>
      {cues.length > 0 && (
        <div className={styles.cues} role="group" aria-label={t('effect.mute')}>
          <span>{t('effect.without')}</span>
          {cues.map((cue) => (
            <Button
              key={keyOf(cue)}
              size="small"
              pressed={isIn(muted, cue)}
              hint={t(cue.side === 'chosen' ? 'effect.weightChosen' : 'effect.weightRejected', { weight: signed(cue.weight) })}
              onClick={() => toggle(cue)}
            >
              {cue.kind === 'ngram' ? t.rich('effect.phrase', { phrase: () => <bdi>{phraseText(cue.feature)}</bdi> }) : cue.feature}
            </Button>
          ))}
        </div>
      )}
      {!stored && <p className={styles.note}>{t('effect.notStored')}</p>}
      {attribution ? (
        <Heat attribution={attribution} texts={texts} sides={sides} />
      ) : (
        <p className={styles.note}>{t('effect.wordsLater')}</p>
      )}
    </div>
  )
}

/** The edited responses with what each word adds to them. */
function Heat({ attribution, texts, sides }: { attribution: Attribution; texts: Draft; sides: Sides }) {
  const strongest = Math.max(1e-9, ...[...attribution.chosen, ...attribution.rejected].map(({ value }) => Math.abs(value)))
  return (
    <>
      <div className={styles.responses}>
        {[sides.left, sides.right].map((role) => (
          <div key={role} role="group" aria-label={t(role === 'chosen' ? 'effect.wordsOfChosen' : 'effect.wordsOfRejected')}>
            <Badge tone={role}>{t(role)}</Badge>
            <p dir="auto" className={styles.text}>
              <HeatedText segments={segments(texts[role], [], attribution[role])} strongest={strongest} />
            </p>
          </div>
        ))}
      </div>
      <HeatLegend strongest={strongest} />
    </>
  )
}

const isIn = (list: readonly ReasonName[], { feature, kind }: ReasonName): boolean =>
  list.some((each) => each.feature === feature && each.kind === kind)

/** The strongest cues in which the responses differ, as far as their texts tell, and those that are muted already. */
function cuesOf(all: readonly Reason[], texts: Draft, muted: readonly ReasonName[]): Reason[] {
  const [chosen, rejected] = [texts.chosen, texts.rejected].map(
    (text) =>
      ` ${
        text
          .toLowerCase()
          .match(/[\p{L}\p{N}'’]+/gu)
          ?.join(' ') ?? ''
      } `,
  ) as [string, string]
  const has = ({ feature, kind }: Reason) => kind === 'style' || chosen.includes(` ${feature} `) !== rejected.includes(` ${feature} `)
  return all
    .filter((reason) => isIn(muted, reason) || has(reason))
    .sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight))
    .slice(0, CUES)
}

function useRested<Value>(value: Value, restMs: number): Value {
  const [rested, setRested] = useState(value)
  useEffect(() => {
    const timer = setTimeout(() => setRested(value), restMs)
    return () => clearTimeout(timer)
  }, [value, restMs])
  return rested
}
