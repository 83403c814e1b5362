import { useQuery } from '@tanstack/react-query'
import { useEffect, useMemo, useState } from 'react'
import { useParams, useSearch } from 'wouter'
import type { PairDetail } from '../../../src/contract/pairs.ts'
import { api } from '../../api/client.ts'
import { mediaUrl, thumbnailUrl } from '../../api/addresses.ts'
import { CommandButton } from '../../commands/CommandButton.tsx'
import { useCommands } from '../../commands/registry.ts'
import { type PairQuery, readPairQuery } from '../../state/pair-query.ts'
import { Badge } from '../../ui/Badge.tsx'
import { isolated } from '../../ui/text/direction.ts'
import { ImageViewer } from '../../ui/image/ImageViewer.tsx'
import { Page } from '../../ui/Panel.tsx'
import { ErrorState, Skeleton } from '../../ui/states.tsx'
import { describeFilter } from '../../../src/core/pair-filters.ts'
import { StatusBadge } from '../pairs/cells.tsx'
import { annotate } from './label-actions.ts'
import { Details } from './Details.tsx'
import { setDraft, useDrafts } from './edit/drafts.ts'
import { EditForm } from './edit/EditForm.tsx'
import { imagePlaces } from './image-places.ts'
import { MissingImage } from './MissingImage.tsx'
import { Outcome } from './Outcome.tsx'
import styles from './PairPage.module.css'
import { Prompt } from './Prompt.tsx'
import { useQueue } from './queue.ts'
import { Responses } from './Responses.tsx'
import { reviewCommands, type ReviewMode } from './review-commands.ts'
import { ReviewBar } from './ReviewBar.tsx'
import { Scores } from './scores/Scores.tsx'
import { markSeen, useReviewSession } from './session.ts'
import { isSwapped, sidesOf } from './sides.ts'
import { TagEditor } from './edit/TagEditor.tsx'
import { words } from '../../words/words.ts'

const t = words.review

/** One pair, within the queue that the address describes. */
export function PairPage() {
  const { id } = useParams<{ id: string }>()
  const pairId = /^\d+$/.test(id) ? Number(id) : 0
  const search = useSearch()
  const query = useMemo(() => readPairQuery(search), [search])
  const pair = useQuery(api.pairs.get.queryOptions({ input: { pairId } }))
  if (pair.isPending) {
    return (
      <Page title={t('title', { id })}>
        <Skeleton lines={8} label={t('loading')} />
      </Page>
    )
  }
  if (pair.isError) {
    return (
      <Page title={t('title', { id })}>
        <ErrorState error={pair.error} onRetry={() => void pair.refetch()} />
      </Page>
    )
  }
  return <Review key={pairId} pair={pair.data} query={query} />
}

function Review({ pair, query }: { pair: PairDetail; query: PairQuery }) {
  const { pairId } = pair
  const { inspect, seen, announcement } = useReviewSession()
  const draft = useDrafts((state) => state.drafts.get(pairId))
  const queue = useQueue(pairId, query)
  const queueLength = useQuery(api.pairs.count.queryOptions({ input: { filter: query.filter } }))
  const [heat, setHeat] = useState(true)
  const [imageIndex, setImageIndex] = useState(0)

  const mode: ReviewMode = inspect ? 'inspect' : pair.status === 'unreviewed' ? 'choosing' : 'decided'
  const revealed = mode !== 'choosing'
  const attribution = useQuery(api.pairs.attribution.queryOptions({ input: { pairId }, enabled: revealed && pair.textMargin !== null }))
  useEffect(() => {
    if (revealed) markSeen(pairId)
  }, [revealed, pairId])

  const sides = sidesOf(pairId, isSwapped(pair, pair.original))
  const blind = mode === 'choosing' && !seen.has(pairId)
  const commands = reviewCommands({
    pair,
    sides,
    mode,
    blind,
    editing: draft !== undefined,
    queue,
    query,
    attribution: { shown: heat, toggle: () => setHeat(!heat) },
  })
  useCommands(Object.values(commands))
  const save = async () => {
    if (draft && (await annotate({ pairId, action: 'edit', blind, ...draft }))) setDraft(pairId, null)
  }

  return (
    <Page
      title={t('title', { id: `${pairId}` })}
      detail={
        <span className={styles.detail}>
          <bdi>{pair.source}</bdi>
          {pair.split && (
            <Badge>
              <bdi>{pair.split}</bdi>
            </Badge>
          )}
          <StatusBadge status={pair.status} />
          {revealed && pair.stale && <Badge tone="warning">{t('stale')}</Badge>}
          <span className={styles.queue}>
            {queueLength.data && t('queue', { count: queueLength.data.count })}
            {/* A quadrant or a range of scores would hint at the label. */}
            {revealed && describeFilter(query.filter) && isolated(` · ${describeFilter(query.filter)}`)}
          </span>
        </span>
      }
      actions={
        <>
          {revealed && (
            <CommandButton command={commands.attribution} pressed={heat} tone="quiet">
              {t('words')}
            </CommandButton>
          )}
          <CommandButton command={commands.inspect} tone="quiet" pressed={mode === 'inspect'}>
            {mode === 'inspect' ? t('inspecting') : t('blindReview')}
          </CommandButton>
          <CommandButton command={commands.list} iconOnly />
          <CommandButton command={commands.previous} iconOnly />
          <CommandButton command={commands.next} iconOnly />
        </>
      }
      flush
    >
      <div className={styles.review}>
        <ImageViewer
          index={imageIndex}
          onIndex={setImageIndex}
          images={imagePlaces(pair).map(({ image, missing }, i) =>
            image
              ? { ...image, src: mediaUrl(image.hash), thumbnail: thumbnailUrl(image.hash), alt: t('imageAlt', { number: i + 1 }) }
              : { absent: <MissingImage reference={missing.reference} reason={missing.reason} /> },
          )}
        />
        <div className={styles.reading} tabIndex={-1}>
          <Outcome pair={pair} mode={mode} />
          {draft ? (
            <EditForm pairId={pairId} draft={draft} sides={sides} revealed={revealed} onSave={() => void save()} />
          ) : (
            <>
              <Prompt pair={pair} search={query.filter.text} onImage={setImageIndex} />
              <Responses
                pair={pair}
                sides={sides}
                revealed={revealed}
                attribution={heat ? (attribution.data ?? null) : null}
                search={query.filter.text ?? ''}
              />
            </>
          )}
          <TagEditor pair={pair} revealed={revealed} />
          {revealed && <Scores pair={pair} attribution={attribution.data ?? null} />}
          {revealed && <Details pair={pair} />}
        </div>
      </div>
      <ReviewBar commands={commands} mode={mode} />
      <div role="status" className="visually-hidden">
        {announcement}
      </div>
    </Page>
  )
}
