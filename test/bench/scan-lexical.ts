import { execFileSync } from 'node:child_process'
import { createReadStream, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { ScoringReply } from '../../src/protocols/scoring.ts'
import { ProcessScan } from '../../src/scoring/run-scan.ts'
import type { GroupedPair } from '../../src/scoring/scan.ts'
import { FOLDS, SEED, writePairs } from './scan-texts.ts'

// The lexical blind test beside scikit-learn, on the same texts, tokens, hashing width and folds. A file of its own for
// each measurement's process, so that the memory of one is not counted for another.

/** Seconds until all folds were scored, and until the end (the fit on all pairs and its features); megabytes at most. */
export type LexicalFigures = {
  pairs: number
  seconds: number
  wholeSeconds: number
  accuracy: number
  megabytes: number
  readSeconds: number
}
type Peer = { seconds: number; accuracy: number; megabytes: number; version: string }

/** Measures one size, with the peer where `python` has scikit-learn. */
export async function lexicalFigures(pairs: number, python: string | null): Promise<{ ours: LexicalFigures; peer: Peer | null }> {
  const folder = mkdtempSync(join(tmpdir(), 'blindfold-bench-'))
  try {
    const file = join(folder, 'pairs.jsonl')
    await writePairs(file, pairs)
    const run = (command: string, args: string[]): string =>
      execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], maxBuffer: 1 << 26 })
    const ours = JSON.parse(run(process.execPath, [import.meta.filename, '--scan', file, folder])) as LexicalFigures
    const peer =
      python === null ? null : (JSON.parse(run(python, [join(import.meta.dirname, 'scan_peer.py'), file, String(FOLDS)])) as Peer)
    return { ours, peer }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** What the scoring process does, with pairs as they come from the backend: 2,000 at a time. */
async function scan(file: string, dir: string): Promise<LexicalFigures> {
  const began = performance.now()
  const since = (): number => (performance.now() - began) / 1000
  const reading = { proxy: 'lexical', model: null, characters: false, executionProvider: 'cpu', threads: null } as const
  let [pairs, scored, right, seconds, readSeconds] = [0, 0, 0, 0, 0]
  const onReply = (reply: ScoringReply): void => {
    if (reply.type !== 'scores') return
    for (const { margin } of reply.scores) right += margin > 0 ? 1 : margin === 0 ? 0.5 : 0
    scored += reply.scores.length
    if (scored === pairs) seconds = since()
  }
  const process_ = await ProcessScan.begin({ type: 'begin', reading, seed: SEED, folds: FOLDS, dir, cache: dir }, onReply)
  let batch: GroupedPair[] = []
  const add = async (): Promise<void> => {
    pairs += batch.length
    await process_.readPairs(batch)
    batch = []
  }
  for await (const line of createInterface({ input: createReadStream(file) })) {
    batch.push(JSON.parse(line) as GroupedPair)
    if (batch.length === 2000) await add()
  }
  if (batch.length > 0) await add()
  readSeconds = since()
  await process_.scorePairs()
  return {
    pairs,
    seconds,
    wholeSeconds: since(),
    accuracy: (100 * right) / pairs,
    megabytes: process.resourceUsage().maxRSS / 1024,
    readSeconds,
  }
}

const [task, file = '', dir = ''] = process.argv.slice(2)
if (task === '--scan') console.log(JSON.stringify(await scan(file, dir)))
