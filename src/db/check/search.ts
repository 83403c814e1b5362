import { indexed } from '../../core/search-words.ts'
import { indexWords, searchState } from '../pairs/search-index.ts'
import { found, type Found, type Place } from './finding.ts'

const INDEXED = 5000
/** Pairs of each sort whose words are looked up. */
const SAMPLE = 500
/** Characters of a text that are looked up. */
const LOOKED_UP = 1000

type Texts = { id: number; prompt: string; chosen: string; rejected: string }

/**
 * The search against the texts: every pair up to the watermark is indexed and nothing else is; a sample, evenly spread,
 * and the pairs that were edited last are found by their present texts.
 */
export function checkSearch({ db, held, progress }: Place): Found[] {
  progress('Checking the search', 0, 1)
  const { indexedTo, last } = searchState(db)
  const strays = db
    .prepare(
      `SELECT id FROM pairs WHERE id <= :to AND id NOT IN (SELECT id FROM pairs_fts_docsize)
       UNION SELECT id FROM pairs_fts_docsize WHERE id > :to OR id NOT IN (SELECT id FROM pairs)`,
    )
    .pluck()
    .all({ to: indexedTo }) as number[]
  // Without the cast the number comes as a float, which FTS5 leaves out of account.
  const isFound = db.prepare('SELECT 1 FROM pairs_fts WHERE pairs_fts MATCH ? AND rowid = CAST(? AS INTEGER)')
  const unfound = sample(db, indexedTo).filter((texts) => {
    const query = wholeTexts(texts)
    return query !== '' && !isFound.get(query, texts.id)
  })
  const wrong = [...new Set([...strays, ...unfound.map(({ id }) => id)])]
  const finish = () => {
    while (indexWords(db, INDEXED) > 0);
  }
  return [
    ...found(
      wrong,
      {
        code: 'search-differs',
        what: 'The search index does not match the current texts of pairs.',
        repair: 'rebuilds the search index from the texts',
      },
      (id) => `pair ${id}`,
      () => {
        db.exec("INSERT INTO pairs_fts (pairs_fts) VALUES ('delete-all'); UPDATE search_state SET indexed_to = 0")
        finish()
      },
    ),
    // Whoever has the project open may be at it.
    ...(held || indexedTo >= last
      ? []
      : found(
          [`pairs from ${indexedTo + 1} on`],
          { code: 'search-behind', what: 'The newest pairs are not indexed for search yet.', repair: 'indexes them' },
          String,
          finish,
        )),
  ]
}

function sample(db: Place['db'], indexedTo: number): Texts[] {
  const present = `SELECT p.id, coalesce(a.prompt, p.prompt) AS prompt, coalesce(a.chosen, p.chosen) AS chosen, coalesce(a.rejected, p.rejected) AS rejected
    FROM pairs p JOIN pair_state s ON s.pair_id = p.id LEFT JOIN annotations a ON a.id = s.annotation_id`
  const spread = db.prepare(`${present} WHERE p.id >= ? AND p.id <= ? ORDER BY p.id LIMIT 1`)
  const step = Math.max(1, indexedTo / SAMPLE)
  const rows = Array.from(
    { length: Math.min(SAMPLE, indexedTo) },
    (_, i) => spread.get(1 + Math.floor(i * step), indexedTo) as Texts | undefined,
  )
  const edited = db
    .prepare(
      `${present} WHERE p.id IN (SELECT pair_id FROM annotations WHERE action NOT IN ('keep', 'tie', 'discard') ORDER BY id DESC LIMIT ?) AND p.id <= ?`,
    )
    .all(SAMPLE, indexedTo) as Texts[]
  return [...rows.filter((row) => row !== undefined), ...edited]
}

/** The query that finds these texts only: each of them, or its beginning, as a phrase in its own column. */
function wholeTexts({ id: _, ...texts }: Texts): string {
  const phrases = Object.entries(texts).flatMap(([column, text]) => {
    const words = indexed(text.slice(0, LOOKED_UP)).split(' ')
    // The last one may be cut, and the one before may hold it.
    const whole = (text.length <= LOOKED_UP ? words : words.slice(0, -2)).join(' ')
    return whole ? [`${column} : "${whole}"`] : []
  })
  return phrases.join(' AND ')
}
