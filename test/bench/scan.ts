import { spawnSync } from 'node:child_process'
import { createReadStream, createWriteStream, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { finished } from 'node:stream/promises'
import { foldOf } from '../../src/core/folds.ts'
import { random } from '../../src/core/random.ts'
import { scan, type GroupedPair } from '../../src/scoring/scan.ts'

// The lexical blind test beside scikit-learn, on the same texts and folds in the same run.
// Usage: npm run bench -- scan [pairs]. BLINDFOLD_BENCH_PYTHON names a Python with scikit-learn; without one the peer is left out.
const N = Number(process.argv[2] ?? 100_000)
const FOLDS = 5
const SEED = 0

const folder = mkdtempSync(join(tmpdir(), 'blindfold-bench-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
const file = join(folder, 'pairs.jsonl')
await writePairs(file, N)

const pairs: GroupedPair[] = []
for await (const line of createInterface({ input: createReadStream(file) })) pairs.push(JSON.parse(line) as GroupedPair)

const began = performance.now()
let scored = 0
let right = 0
let fitted = 0
await scan(pairs, { proxy: 'lexical', seed: SEED, folds: FOLDS, dir: folder }, (reply) => {
  if (reply.type === 'scores') {
    for (const { margin } of reply.scores) right += margin > 0 ? 1 : margin === 0 ? 0.5 : 0
    scored += reply.scores.length
    // The fit on all pairs and the naming of features come after the last fold; the peer does neither.
    if (scored === N) fitted = (performance.now() - began) / 1000
  }
})
const whole = (performance.now() - began) / 1000
const accuracy = (100 * right) / N
console.log(`${N.toLocaleString('en')} pairs, ${FOLDS} folds, Node ${process.versions.node}`)
console.log(`blindfold     ${fitted.toFixed(1)} s to fit and score all folds (${whole.toFixed(1)} s with the fit on all and its features), held-out accuracy ${accuracy.toFixed(2)} %, peak RSS ${peak()} MB`)

const python = process.env['BLINDFOLD_BENCH_PYTHON']
if (python) {
  const { stdout, status, stderr } = spawnSync(python, [join(import.meta.dirname, 'scan_peer.py'), file, String(FOLDS)], { encoding: 'utf8' })
  if (status !== 0) throw new Error(stderr)
  const peer = JSON.parse(stdout) as { seconds: number; accuracy: number; version: string; megabytes: number }
  console.log(`scikit-learn  ${peer.seconds.toFixed(1)} s (${peer.version}), held-out accuracy ${peer.accuracy.toFixed(2)} %, peak RSS ${Math.round(peer.megabytes)} MB`)
  console.log(`ratio         ${(peer.seconds / fitted).toFixed(2)}x as fast, accuracy ${(accuracy - peer.accuracy).toFixed(2)} points apart`)
}

function peak(): number {
  return Math.round(process.resourceUsage().maxRSS / 1024)
}

/** Responses of 20 to 80 words from a vocabulary with the frequencies of language; in 3 of 10 pairs one side hedges. */
async function writePairs(path: string, count: number): Promise<void> {
  const draw = random('bench scan')
  const syllables = 'ba be bi bo bu da de di do du ka ke ki ko ku la le li lo lu ma me mi mo mu na ne ni no nu ra re ri ro ru sa se si so su ta te ti to tu'.split(' ')
  const vocabulary = Array.from({ length: 30_000 }, (_, i) => {
    let word = ''
    for (let rest = i + 1; rest > 0; rest = Math.floor(rest / syllables.length)) word += syllables[rest % syllables.length]
    return word
  })
  const word = (): string => vocabulary[Math.floor(Math.exp(draw.next() * Math.log(vocabulary.length)) - 1)] as string
  const text = (): string =>
    `${Array.from({ length: 20 + draw.int(60) }, (_, i) => {
      const next = word()
      return i % 12 === 0 ? `${next[0]?.toUpperCase()}${next.slice(1)}` : i % 12 === 11 ? `${next}.` : next
    }).join(' ')}.`
  const out = createWriteStream(path)
  for (let id = 0; id < count; id++) {
    const texts = { chosen: text(), rejected: text() }
    if (draw.next() < 0.3) texts[draw.next() < 0.8 ? 'chosen' : 'rejected'] += ` Perhaps maybe ${word()}.`
    const group = `group ${Math.floor(id / 3)}`
    const line = { id, key: String(id).padStart(9, '0'), group, fold: foldOf(group, SEED, FOLDS), prompt: '', ...texts }
    if (!out.write(`${JSON.stringify(line)}\n`)) await new Promise<void>((resolve) => out.once('drain', () => resolve()))
  }
  out.end()
  await finished(out)
}
