import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Model } from '../../src/contract/models.ts'
import { registerFolder } from '../../src/models/registry.ts'
import { batches } from '../../src/scoring/reading/batches.ts'
import { TextModel } from '../../src/scoring/reading/text-model.ts'
import { tokenReader } from '../../src/scoring/reading/tokens.ts'
import { writeBert } from './bert.ts'
import { mixedResponses, VOCABULARY } from './scan-texts.ts'

// Reading by an encoder beside Python's onnxruntime and tokenizers, with the same file, texts and threads: in the batches
// that Blindfold makes, and in padded ones of texts as they come.

type Ours = { seconds: number; megabytes: number; version: string }
type Peer = { equal: number; padded: number; difference: number; version: string }
export type EncoderFigures = { model: string; tokens: number; ours: Ours; peer: Peer | null }

const ROUNDS = 2
/** As many texts as the backend sends at a time: 2,000 pairs. */
const TEXTS = 4000

export async function encoderFigures(
  responses: number,
  { python, model: given }: { python: string | null; model: string | null },
): Promise<EncoderFigures> {
  const folder = mkdtempSync(join(tmpdir(), 'blindfold-bench-'))
  try {
    const dir = given ?? join(folder, 'model')
    if (given === null) writeBert(dir, VOCABULARY)
    const model = await registerFolder(folder, dir)
    const texts = mixedResponses(responses)
    const reader = tokenReader(model)
    const lengths = texts.map((response) => reader.ids({ prompt: '', response }).length)
    const together: number[][] = []
    for (let from = 0; from < texts.length; from += TEXTS) {
      const part = batches(lengths.slice(from, from + TEXTS), { padded: true, most: 256 })
      together.push(...part.map((batch) => batch.map((text) => from + text)))
    }
    const task = join(folder, 'task.json')
    writeFileSync(task, JSON.stringify({ model, texts, together, threads: null, out: join(folder, 'embeddings.f32') }))
    const run = (command: string, args: string[]): string =>
      execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
    const ours: Ours[] = []
    const peers: Peer[] = []
    // By turns, so that what else the machine does hits both.
    for (let round = 0; round < ROUNDS; round++) {
      ours.push(JSON.parse(run(process.execPath, [import.meta.filename, '--read', task])) as Ours)
      if (python !== null) peers.push(JSON.parse(run(python, [join(import.meta.dirname, 'encoder_peer.py'), task])) as Peer)
    }
    const least = <Figures>(all: readonly Figures[], of: (figures: Figures) => number): number => Math.min(...all.map(of))
    const [first] = peers
    return {
      model: model.name,
      tokens: lengths.reduce((sum, length) => sum + length, 0),
      ours: { ...(ours[0] as Ours), seconds: least(ours, ({ seconds }) => seconds) },
      peer: first ? { ...first, equal: least(peers, ({ equal }) => equal), padded: least(peers, ({ padded }) => padded) } : null,
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function read(file: string): Promise<Ours> {
  const { model, texts, out } = JSON.parse(readFileSync(file, 'utf8')) as { model: Model; texts: string[]; out: string }
  const reader = await TextModel.open(model, { executionProvider: 'cpu', threads: null })
  const responses = texts.map((response) => ({ prompt: '', response }))
  await reader.read(responses.slice(0, 100))
  const began = performance.now()
  const rows: Float32Array[] = []
  for (let from = 0; from < responses.length; from += TEXTS) rows.push(await reader.read(responses.slice(from, from + TEXTS)))
  const seconds = (performance.now() - began) / 1000
  writeFileSync(out, Buffer.concat(rows.map(({ buffer, byteOffset, byteLength }) => Buffer.from(buffer, byteOffset, byteLength))))
  const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../../node_modules/onnxruntime-node/package.json'), 'utf8')) as {
    version: string
  }
  await reader.release()
  return { seconds, megabytes: process.resourceUsage().maxRSS / 1024, version }
}

const [task, file = ''] = process.argv.slice(2)
if (task === '--read') console.log(JSON.stringify(await read(file)))
