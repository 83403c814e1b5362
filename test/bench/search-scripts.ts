import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { random } from '../../src/core/random.ts'
import { createProject } from '../../src/db/project/open.ts'
import { insertBatch } from '../../src/db/pairs/insert.ts'
import * as pairs from '../../src/db/pairs/queries.ts'
import { beginImport, newPair } from '../db/project.ts'
import { score, timed } from './data-queries.ts'

// How the search does in a script without spaces: `npm run bench -- search-scripts [N]`, by default 100,000 pairs of Chinese
// text, 100 characters a field. Prints the seconds of indexing and a table of searches, ms.

const CHARACTERS = 3000
const WORDS = 20_000
const BATCH = 5000

/** A place by Zipf's law: number `n` is as frequent as 1 / (n + 1). */
const zipf = (next: () => number, size: number): number => Math.min(size - 1, Math.floor((size + 1) ** next()) - 1)

export async function run(given: string[]): Promise<void> {
  const size = Number(given[0] ?? 100_000)
  const { next } = random('search-scripts')
  const character = () => String.fromCharCode(0x4e00 + zipf(next, CHARACTERS))
  const words = Array.from({ length: WORDS }, () => character() + character())
  const text = (length: number): string => {
    let written = ''
    while (written.length < length) written += next() < 0.1 ? '，' : next() < 0.3 ? character() : (words[zipf(next, WORDS)] as string)
    return written
  }
  const folder = mkdtempSync(path.join(tmpdir(), 'blindfold-bench-'))
  const { db, close } = createProject(path.join(folder, 'bench.blindfold'))
  try {
    const importId = beginImport(db)
    for (let from = 0; from < size; from += BATCH) {
      const stated = Array.from({ length: Math.min(BATCH, size - from) }, (_, i) =>
        newPair(from + i + 1, { prompt: text(100), chosen: text(100), rejected: text(100) }),
      )
      insertBatch(db, { importId, media: [], pairs: stated, rejections: [], records: stated.length })
    }
    const before = statSync(path.join(folder, 'bench.blindfold', 'project.db')).size
    const began = performance.now()
    while (pairs.indexWords(db, 500) > 0);
    const indexing = (performance.now() - began) / 1000
    db.pragma('wal_checkpoint(TRUNCATE)')
    const bytes = statSync(path.join(folder, 'bench.blindfold', 'project.db')).size - before
    score(db)
    console.log(
      `${size} pairs: indexed in ${indexing.toFixed(1)} s, ${Math.round(size / indexing)} pairs/s, ${(bytes / size / 1024).toFixed(2)} KiB a pair`,
    )
    const page = (name: string, typed: (i: number) => string) =>
      timed(name, (i) => pairs.list(db, { filter: { text: typed(i) }, sort: '-textMargin', cursor: null, limit: 100 }), 60)
    const word = (rank: number, step: number) => (i: number) => words[(rank + i * step) % WORDS] as string
    const rows = [
      page('a rare word of two characters', word(15_000, 37)),
      page('a medium word of two characters', word(800, 7)),
      page('a common word of two characters', word(0, 1)),
      page('two characters that are seldom next to each other', (i) => String.fromCharCode(0x4e00 + (i % 40), 0x4e00 + 300 + i)),
      page('four characters', (i) => word(20, 3)(i) + word(300, 11)(i)),
      page('one character', (i) => String.fromCharCode(0x4e00 + i * 40)),
      page('a medium word without a common one', (i) => `${word(800, 7)(i)} -${word(0, 1)(i)}`),
      timed('count of a medium word', (i) => pairs.count(db, { text: word(800, 7)(i + 100) }), 20),
    ]
    for (const { name, p50, p95 } of rows) console.log(`| ${name}, ms: p50 / p95 | ${p50.toFixed(2)} / ${p95.toFixed(2)} |`)
  } finally {
    close()
    rmSync(folder, { recursive: true, force: true })
  }
}
