import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Model } from '../../contract/models.ts'
import { ReadingError } from './reading-error.ts'

/** An operator that scales a tensor by its own largest value: then every text in a batch has a say in every other's numbers. */
const DYNAMIC = Buffer.from('DynamicQuantize')

/**
 * What tells a model and the way it reads apart from any other: SHA-256 over its ONNX file, its tokenizer and its card.
 * `dynamic`: the graph quantizes activations as it runs.
 * @throws ReadingError where the ONNX file is gone, or is not the one that was registered
 */
export async function fingerprint(model: Model): Promise<{ fingerprint: string; dynamic: boolean }> {
  const file = join(model.dir, model.model)
  const remedy = 'Add the model again, so that its new scores are told from the old ones.'
  const { hash, dynamic } = await scanned(file).catch((error: Error) => {
    throw new ReadingError(`The model “${model.name}” cannot be read: ${error.message}`, 'Look whether its folder was moved, and add it again.')
  })
  if (hash !== model.hash) throw new ReadingError(`${file} has changed since the model “${model.name}” was added.`, remedy)
  const parts = [model.kind, model.precision, model.pooling, model.maxLength, model.chatTemplate]
  const print = createHash('sha256').update(JSON.stringify([hash, ...parts]))
  for (const name of [model.tokenizer, 'tokenizer_config.json']) print.update(await readFile(join(model.dir, name)).catch(() => Buffer.alloc(0)))
  return { fingerprint: print.digest('hex'), dynamic }
}

async function scanned(file: string): Promise<{ hash: string; dynamic: boolean }> {
  const hash = createHash('sha256')
  let dynamic = false
  let before: Uint8Array = Buffer.alloc(0)
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) {
    hash.update(chunk as Buffer)
    dynamic ||= Buffer.concat([before, chunk as Buffer]).includes(DYNAMIC)
    before = (chunk as Buffer).subarray(-DYNAMIC.length)
  }
  return { hash: hash.digest('hex'), dynamic }
}
