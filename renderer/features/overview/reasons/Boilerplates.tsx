import { useState } from 'react'
import type { Boilerplate, ReasonsReport } from '../../../../src/contract/reasons.ts'
import { PairsOf } from '../PairsOf.tsx'
import { Button } from '../../../ui/Button.tsx'
import { count, percent } from '../../../../src/core/format.ts'
import { Panel } from '../../../ui/Panel.tsx'
import { Table } from '../../../ui/Table.tsx'
import styles from '../OverviewPage.module.css'
import { phraseText } from '../../../../src/core/scripts.ts'

const FIRST = 8

/** Beginnings and ends that many responses share, and which side has them. */
export function Boilerplates({ found }: { found: ReasonsReport }) {
  const [all, setAll] = useState(false)
  const rows = all ? found.boilerplate : found.boilerplate.slice(0, FIRST)
  return (
    <Panel
      title="Shared beginnings and ends"
      detail={`Phrases of three or more words, from ${count(found.looked)} pairs. 50% means no signal.`}
      flush
    >
      <Table<Boilerplate>
        label="Shared beginnings and ends"
        rows={rows}
        rowKey={(row) => `${row.place}:${row.text}`}
        columns={[
          {
            id: 'place',
            header: 'Where',
            width: '100px',
            cell: (row) => <span className={styles.muted}>{row.place === 'beginning' ? 'Beginning' : 'End'}</span>,
          },
          {
            id: 'text',
            header: 'Words',
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
            header: 'On the chosen side',
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
            header: <span title="Pairs in which one of the two responses has it">Pairs</span>,
            align: 'end',
            width: '110px',
            cell: (row) => <PairsOf what={{ place: row.place, text: row.text }} pairs={row.pairs} found={found} />,
          },
        ]}
      />
      {!all && found.boilerplate.length > FIRST && (
        <div className={styles.more}>
          <Button size="small" onClick={() => setAll(true)}>
            Show all {found.boilerplate.length}
          </Button>
        </div>
      )}
    </Panel>
  )
}
