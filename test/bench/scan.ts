import { availableParallelism, cpus, loadavg } from 'node:os'
import { encoderFigures } from './scan-encoder.ts'
import { lexicalFigures } from './scan-lexical.ts'

// The blind test's speed and memory: `npm run bench -- scan [lexical N | encoder N | growth N...]`, by default all three
// with 100,000 pairs, 4,000 responses, and 10,000, 100,000 and 1,000,000 pairs.
// BLINDFOLD_BENCH_PYTHON names a Python with scikit-learn, onnxruntime and tokenizers; without one the peers are left out.
// BLINDFOLD_BENCH_MODEL names the folder of an encoder; by default one of MiniLM's shape is made, with random weights.

const python = process.env['BLINDFOLD_BENCH_PYTHON'] ?? null
const model = process.env['BLINDFOLD_BENCH_MODEL'] ?? null
const number = (value: number): string => Math.round(value).toLocaleString('en')

async function lexical(pairs: number): Promise<void> {
  const { ours, peer } = await lexicalFigures(pairs, python)
  console.log(`\nlexical, ${number(pairs)} pairs, 5 folds`)
  console.log(
    `blindfold     ${ours.seconds.toFixed(1)} s until all folds are fitted and scored (${ours.wholeSeconds.toFixed(1)} s with the fit on all and its features), held-out accuracy ${ours.accuracy.toFixed(2)}%, at most ${number(ours.megabytes)} MB`,
  )
  if (!peer) return
  console.log(
    `scikit-learn  ${peer.seconds.toFixed(1)} s (${peer.version}), held-out accuracy ${peer.accuracy.toFixed(2)}%, at most ${number(peer.megabytes)} MB`,
  )
  console.log(
    `ratio         ${(peer.seconds / ours.seconds).toFixed(2)}x as fast (${(peer.seconds / ours.wholeSeconds).toFixed(2)}x with what the peer does not do), accuracy ${(ours.accuracy - peer.accuracy).toFixed(2)} points apart`,
  )
}

async function encoder(responses: number): Promise<void> {
  const { ours, peer, model: name, tokens } = await encoderFigures(responses, { python, model })
  const speed = (seconds: number): string => `${seconds.toFixed(1)} s, ${number(responses / seconds)} responses/s`
  console.log(
    `\nencoder (${name}), ${number(responses)} responses of 4 to 200 words, ${number(tokens)} tokens, ${availableParallelism()} threads; tokenizing included; the faster of two rounds`,
  )
  console.log(`blindfold                 ${speed(ours.seconds)}, at most ${number(ours.megabytes)} MB (onnxruntime-node ${ours.version})`)
  if (!peer) return
  console.log(
    `Python, the same batches  ${speed(peer.equal)} (onnxruntime ${peer.version}): ${(peer.equal / ours.seconds).toFixed(2)}x as fast; embeddings differ by at most ${peer.difference.toExponential(1)}`,
  )
  console.log(
    `Python, padded batches    ${speed(peer.padded)}, 32 responses each as they come: ${(peer.padded / ours.seconds).toFixed(2)}x as fast`,
  )
}

async function growth(sizes: readonly number[]): Promise<void> {
  console.log('\nlexical, growth\npairs       s to read  s to score all folds  s in all  pairs/s  MB at most')
  for (const size of sizes) {
    const { ours } = await lexicalFigures(size, null)
    const cells = [
      ours.readSeconds.toFixed(1).padStart(9),
      ours.seconds.toFixed(1).padStart(20),
      ours.wholeSeconds.toFixed(1).padStart(8),
      number(size / ours.wholeSeconds).padStart(7),
      number(ours.megabytes).padStart(10),
    ]
    console.log(`${number(size).padEnd(10)}  ${cells.join('  ')}`)
  }
}

const [part, ...sizes] = process.argv.slice(2)
const given = sizes.map(Number)
console.log(`${cpus()[0]?.model}, ${availableParallelism()} threads, Node ${process.versions.node}, load ${loadavg()[0]?.toFixed(1)}`)
if (part === undefined || part === 'lexical') await lexical(given[0] ?? 100_000)
if (part === undefined || part === 'encoder') await encoder(given[0] ?? 4000)
if (part === undefined || part === 'growth') await growth(given.length > 0 ? given : [10_000, 100_000, 1_000_000])
