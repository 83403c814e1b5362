import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Model } from '../../contract/models.ts'
import { MARKS_RULE } from './control-marks.ts'
import { ReadingError } from './reading-error.ts'

/** An operator that scales a tensor by its own largest value: then every text in a batch has a say in every other's numbers. */
const DYNAMIC = Buffer.from('DynamicQuantize')

/**
 * What tells a model and the way it reads apart from any other: SHA-256 over its ONNX file, the files that hold its
 * weights, its tokenizer and its card. `dynamic`: the graph quantizes activations as it runs.
 * @throws ReadingError where the ONNX file is gone, or is not the one that was registered
 */
export async function fingerprint(model: Model): Promise<{ fingerprint: string; dynamic: boolean }> {
  const file = join(model.dir, model.model)
  const { hash, dynamic } = await scanned(file).catch((error: Error) => {
    throw new ReadingError(
      `The model “${model.name}” cannot be read: ${error.message}`,
      'Check whether its folder was moved, then add the model again.',
    )
  })
  if (hash !== model.hash) {
    throw new ReadingError(
      `${file} has changed since the model “${model.name}” was added.`,
      'Add the model again, to keep its new scores separate from the old ones.',
    )
  }
  const parts = [model.kind, model.precision, model.pooling, model.maxLength, model.chatTemplate, MARKS_RULE]
  const print = createHash('sha256').update(JSON.stringify([hash, ...parts]))
  for (const weights of await weightFiles(file)) print.update((await scanned(weights)).hash)
  for (const name of [model.tokenizer, 'tokenizer_config.json'])
    print.update(await readFile(join(model.dir, name)).catch(() => Buffer.alloc(0)))
  return { fingerprint: print.digest('hex'), dynamic }
}

/** A graph of more than 2 GB has its weights in files beside it, which exporters name after it: `model.onnx_data`, `model.onnx.data`. */
async function weightFiles(file: string): Promise<string[]> {
  const name = basename(file)
  const beside = await readdir(dirname(file))
  return beside
    .filter((other) => other.startsWith(`${name}_data`) || other.startsWith(`${name}.data`))
    .sort()
    .map((other) => join(dirname(file), other))
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
