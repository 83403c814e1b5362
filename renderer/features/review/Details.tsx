import { useState } from 'react'
import { Link } from 'wouter'
import type { PairDetail } from '../../../src/contract/pairs.ts'
import { REGROUPED } from '../../../src/core/identity.ts'
import { Badge } from '../../ui/Badge.tsx'
import { isolated } from '../../ui/text/direction.ts'
import { time } from '../../../src/core/format.ts'
import { segments } from '../../ui/text/segments.ts'
import { Tabs } from '../../ui/Tabs.tsx'
import { wordDiff } from '../../ui/text/word-diff.ts'
import { STATUS_LABELS } from '../../../src/core/labels.ts'
import styles from './Details.module.css'
import { Repeats } from './Repeats.tsx'
import { Trajectories } from './scores/Trajectories.tsx'
import { Words } from './scores/Words.tsx'

const TABS = [
  { id: 'history', label: 'History' },
  { id: 'repeats', label: 'Repeats' },
  { id: 'training', label: 'In training' },
  { id: 'origin', label: 'Origin' },
] as const
type TabId = (typeof TABS)[number]['id']

/** What else is known of the pair; shown once the label may be seen. */
export function Details({ pair }: { pair: PairDetail }) {
  const [tab, setTab] = useState<TabId>('history')
  const others = new Set(pair.repeats.flatMap((each) => each.pairIds)).size
  const tabs = TABS.map((each) =>
    each.id === 'repeats' && pair.repeats.length > 0 ? { ...each, label: `Repeats (${others || 'itself'})` } : each,
  )
  return (
    <section className={styles.details}>
      <Tabs label="About this pair" tabs={tabs} value={tab} onChange={setTab}>
        {tab === 'history' ? (
          <History pair={pair} />
        ) : tab === 'repeats' ? (
          <Repeats pair={pair} />
        ) : tab === 'training' ? (
          <Trajectories pair={pair} />
        ) : (
          <Origin pair={pair} />
        )}
      </Tabs>
    </section>
  )
}

const ACTIONS = {
  keep: 'Kept',
  flip: 'Flipped',
  tie: 'Marked as a tie',
  edit: 'Edited',
  discard: 'Discarded',
  undo: 'Undone',
  redo: 'Redone',
} as const

function History({ pair }: { pair: PairDetail }) {
  return (
    <>
      {pair.history.length === 0 ? (
        <p className={styles.none}>No judgements yet</p>
      ) : (
        <ol className={styles.history} aria-label="History">
          {[...pair.history].reverse().map((entry) => (
            <li key={entry.id}>
              <span>
                {ACTIONS[entry.action]}
                {(entry.action === 'undo' || entry.action === 'redo') && ` → ${STATUS_LABELS[entry.status]}`}
              </span>
              {entry.blind && <Badge>blind</Badge>}
              <span className={styles.quiet}>
                <bdi>{entry.annotator}</bdi> · {time(entry.at)}
              </span>
            </li>
          ))}
        </ol>
      )}
      <Original pair={pair} />
    </>
  )
}

/** The texts as imported, where they have been changed since; the words that are no longer there are marked. */
function Original({ pair }: { pair: PairDetail }) {
  const changed = (['prompt', 'chosen', 'rejected'] as const).filter((name) => pair.original[name] !== pair[name])
  if (changed.length === 0) return null
  return (
    <dl className={styles.facts}>
      {changed.map((name) => (
        <div key={name}>
          <dt>{name === 'prompt' ? 'Prompt' : name === 'chosen' ? 'Chosen' : 'Rejected'} as imported</dt>
          <dd dir="auto" className={styles.wrap}>
            <Words segments={segments(pair.original[name], wordDiff(pair.original[name], pair[name]).left)} strongest={0} />
          </dd>
        </div>
      ))}
    </dl>
  )
}

function Origin({ pair }: { pair: PairDetail }) {
  const { provenance } = pair
  const metadata = Object.entries(pair.metadata)
  return (
    <dl className={styles.facts}>
      <Fact name="Imported from" value={isolated(`${pair.importedFrom.file}, row ${pair.importedFrom.row}`)} />
      {pair.externalId !== null && <Fact name="Id in the file" value={pair.externalId} />}
      <Fact name="Content hash" value={pair.id} />
      {provenance && (
        <>
          <Fact
            name="Text model"
            value={`${provenance.proxy}, fold ${provenance.fold + 1}, seed ${provenance.seed}; scored ${time(provenance.scoredAt)}`}
          />
          <div>
            <dt>Image model</dt>
            <dd>{provenance.mmRun ? <ImageModel run={provenance.mmRun} /> : 'none yet: there is no audit SFC'}</dd>
          </div>
          {provenance.textHash !== REGROUPED && (
            <Fact
              name="Scored text"
              value={`${provenance.textHash.slice(0, 16)}…${pair.stale ? ' (not the present text or images)' : ''}`}
            />
          )}
        </>
      )}
      {metadata.map(([name, value]) => (
        <Fact key={name} name={name} value={typeof value === 'string' ? value : JSON.stringify(value)} />
      ))}
    </dl>
  )
}

/** A probe's scores are named `probe:NUMBER`, those of a training run by its ID, which nobody needs to read. */
const ImageModel = ({ run }: { run: string }) =>
  run.startsWith('probe:') ? <Link href="/overview">Image probe</Link> : <Link href={`/training/${run}`}>Training run</Link>

const Fact = ({ name, value }: { name: string; value: string }) => (
  <div>
    <dt>
      <bdi>{name}</bdi>
    </dt>
    <dd dir="auto" className={styles.wrap}>
      {value}
    </dd>
  </div>
)
