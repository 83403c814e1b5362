import { useState } from 'react'
import type { Boilerplate, ReasonsReport } from '../../../../src/contract/reasons.ts'
import { PairsOf } from '../PairsOf.tsx'
import { Button } from '../../../ui/Button.tsx'
import { percent } from '../../../../src/core/format.ts'
import { Panel } from '../../../ui/Panel.tsx'
import { Table } from '../../../ui/Table.tsx'
import { words } from '../../../words/words.ts'
import styles from '../OverviewPage.module.css'
import { phraseText } from '../../../../src/core/scripts.ts'

const t = words.overview

const FIRST = 8

/** Beginnings and ends that many responses share, and which side has them. */
export function Boilerplates({ found }: { found: ReasonsReport }) {
  const [all, setAll] = useState(false)
  const rows = all ? found.boilerplate : found.boilerplate.slice(0, FIRST)
  return (
    <Panel title={t('phrases.title')} detail={t('phrases.detail', { count: found.looked })} flush>
      <Table<Boilerplate>
        label={t('phrases.title')}
        rows={rows}
        rowKey={(row) => `${row.place}:${row.text}`}
        columns={[
          {
            id: 'place',
            header: t('phrases.place'),
            width: '100px',
            cell: (row) => <span className={styles.muted}>{t(`phrases.${row.place}`)}</span>,
          },
          {
            id: 'text',
            header: t('phrases.words'),
            cell: (row) => (
              <span className={styles.ngram}>
                {row.place === 'beginning' ? (
                  <>
                    <bdi>{phraseText(row.text)}</bdi> …
                  </>
                ) : (
                  <>
                    … <bdi>{phraseText(row.text)}</bdi>
                  </>
                )}
              </span>
            ),
          },
          {
            id: 'chosen',
            header: t('phrases.chosen'),
            width: '240px',
            cell: (row) => (
              <span className={styles.weight}>
                <span className={styles.weightNumber}>{percent(row.chosen / row.responses, 0)}</span>
                <span className={styles.split} aria-hidden>
                  <span style={{ width: `${(100 * row.chosen) / row.responses}%` }} />
                </span>
              </span>
            ),
          },
          {
            id: 'pairs',
            header: <span title={t('phrases.pairsHint')}>{t('phrases.pairs')}</span>,
            align: 'end',
            width: '110px',
            cell: (row) => <PairsOf what={{ place: row.place, text: row.text }} pairs={row.pairs} found={found} />,
          },
        ]}
      />
      {!all && found.boilerplate.length > FIRST && (
        <div className={styles.more}>
          <Button size="small" onClick={() => setAll(true)}>
            {t('showAll', { count: found.boilerplate.length })}
          </Button>
        </div>
      )}
    </Panel>
  )
}
