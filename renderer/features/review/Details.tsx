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
import { HeatedText } from './scores/HeatedText.tsx'
import { words } from '../../words/words.ts'

const t = words.review

const TABS = [
  { id: 'history', label: t('details.history') },
  { id: 'repeats', label: t('details.duplicates') },
  { id: 'training', label: t('details.training') },
  { id: 'origin', label: t('details.origin') },
] as const
type TabId = (typeof TABS)[number]['id']

/** What else is known of the pair; shown once the label may be seen. */
export function Details({ pair }: { pair: PairDetail }) {
  const [tab, setTab] = useState<TabId>('history')
  const others = new Set(pair.repeats.flatMap((each) => each.pairIds)).size
  const tabs = TABS.map((each) =>
    each.id === 'repeats' && pair.repeats.length > 0 ? { ...each, label: t('details.duplicatesCount', { count: others }) } : each,
  )
  return (
    <section className={styles.details}>
      <Tabs label={t('details.label')} tabs={tabs} value={tab} onChange={setTab}>
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

function History({ pair }: { pair: PairDetail }) {
  return (
    <>
      {pair.history.length === 0 ? (
        <p className={styles.none}>{t('history.empty')}</p>
      ) : (
        <ol className={styles.history} aria-label={t('history.label')}>
          {[...pair.history].reverse().map((entry) => (
            <li key={entry.id}>
              <span>
                {entry.action === 'undo' || entry.action === 'redo'
                  ? t(`history.${entry.action}`, { status: STATUS_LABELS[entry.status] })
                  : t(`history.${entry.action}`)}
              </span>
              {entry.blind && <Badge>{t('history.blind')}</Badge>}
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
          <dt>{t(`history.original.${name}`)}</dt>
          <dd dir="auto" className={styles.wrap}>
            <HeatedText segments={segments(pair.original[name], wordDiff(pair.original[name], pair[name]).left)} strongest={0} />
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
      <Fact
        name={t('origin.file')}
        value={isolated(t('origin.fileRow', { file: pair.importedFrom.file, row: `${pair.importedFrom.row}` }))}
      />
      {pair.externalId !== null && <Fact name={t('origin.id')} value={pair.externalId} />}
      <Fact name={t('origin.hash')} value={pair.id} />
      {provenance && (
        <>
          <Fact
            name={t('origin.proxy')}
            value={t('origin.proxyDetail', {
              proxy: provenance.proxy,
              fold: `${provenance.fold + 1}`,
              seed: `${provenance.seed}`,
              time: time(provenance.scoredAt),
            })}
          />
          <div>
            <dt>{t('origin.reference')}</dt>
            <dd>{provenance.mmRun ? <ImageModel run={provenance.mmRun} /> : t('origin.noReference')}</dd>
          </div>
          {provenance.textHash !== REGROUPED && (
            <Fact
              name={t('origin.text')}
              value={t(pair.stale ? 'origin.textBefore' : 'origin.textNow', { hash: provenance.textHash.slice(0, 16) })}
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
  run.startsWith('probe:') ? <Link href="/overview">{t('origin.probe')}</Link> : <Link href={`/training/${run}`}>{t('origin.run')}</Link>

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
