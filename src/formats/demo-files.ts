import { once } from 'node:events'
import { createWriteStream, type WriteStream } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import sharp from 'sharp'
import { DEMO_ENVIRONMENTS, demoPair, type DemoEnvironment, type DemoPair, type DemoSplit } from '../core/demo/index.ts'

export type DemoFile = {
  environment: DemoEnvironment
  split: DemoSplit
  /** MM-RM JSONL: `{id, prompt, img_path, chosen, rejected}`, paths relative to `imagesDir`. */
  file: string
  imagesDir: string
  pairs: number
}

export type DemoFilesOptions = {
  dir: string
  environments?: readonly DemoEnvironment[]
  /** Training pairs per environment. */
  pairs: number
  /** Test pairs per environment. */
  testPairs: number
  seed: number
  signal?: AbortSignal
  onProgress?: (done: number, total: number) => void
}

/** Pictures compressed at a time: the encoder has threads of its own, the drawing has not. */
const BATCH = 32

async function writeLine(stream: WriteStream, value: unknown): Promise<void> {
  if (!stream.write(`${JSON.stringify(value)}\n`)) await once(stream, 'drain')
}

async function close(stream: WriteStream): Promise<void> {
  stream.end()
  await once(stream, 'close')
}

async function writePicture(pair: DemoPair, file: string): Promise<void> {
  const { rgb, width, height } = pair.image
  const png = await sharp(rgb, { raw: { width, height, channels: 3 } })
    .png({ compressionLevel: 6 })
    .toBuffer()
  await writeFile(file, png)
}

/**
 * Writes the demo suite as any data set would come: per environment and split `<dir>/<environment>/<split>.jsonl` with its
 * pictures under `<dir>/<environment>/images/<split>/`. The ground truth is kept apart in `<dir>/truth.jsonl`.
 * Rejects with the signal's reason when it is aborted; files written until then stay.
 */
export async function writeDemoFiles(options: DemoFilesOptions): Promise<DemoFile[]> {
  const { dir, pairs, testPairs, seed, signal, onProgress } = options
  const environments = options.environments ?? DEMO_ENVIRONMENTS
  const splits = [
    { split: 'train', count: pairs },
    { split: 'test', count: testPairs },
  ] as const
  const total = environments.length * (pairs + testPairs)
  const written: DemoFile[] = []
  let done = 0
  await mkdir(dir, { recursive: true })
  const truth = createWriteStream(path.join(dir, 'truth.jsonl'))
  try {
    for (const environment of environments) {
      const imagesDir = path.join(dir, environment)
      for (const { split, count } of splits) {
        await mkdir(path.join(imagesDir, 'images', split), { recursive: true })
        const file = path.join(imagesDir, `${split}.jsonl`)
        const rows = createWriteStream(file)
        try {
          for (let from = 0; from < count; from += BATCH) {
            signal?.throwIfAborted()
            const size = Math.min(BATCH, count - from)
            const batch = Array.from({ length: size }, (_, i) => demoPair(environment, split, from + i, seed))
            await Promise.all(batch.map((pair) => writePicture(pair, path.join(imagesDir, 'images', split, `${pair.id}.png`))))
            for (const { id, prompt, chosen, rejected, truth: known } of batch) {
              await writeLine(rows, { id, prompt, img_path: `images/${split}/${id}.png`, chosen, rejected })
              await writeLine(truth, known)
            }
            done += size
            onProgress?.(done, total)
          }
        } finally {
          await close(rows)
        }
        written.push({ environment, split, file, imagesDir, pairs: count })
      }
    }
  } finally {
    await close(truth)
  }
  return written
}
