import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { basename, dirname, join, relative, resolve, isAbsolute, sep, win32 } from 'node:path'
import { z } from 'zod'
import { givenCard, modelCard, type GivenCard, type ModelCard } from '../contract/models.ts'
import { BlindfoldError } from '../core/errors.ts'
import { onnxHeader, ONNX_TYPE, type OnnxHeader } from './onnx-header.ts'

/** Where exporters put the file with the text, best first. */
export const TEXT_FILES = [
  'model.onnx',
  'onnx/model.onnx',
  'model_fp16.onnx',
  'onnx/model_fp16.onnx',
  'model_quantized.onnx',
  'onnx/model_quantized.onnx',
  'model_int8.onnx',
  'onnx/model_int8.onnx',
]
/** The two files of a pair of towers. */
export const TOWERS = ['', 'onnx/'].flatMap((folder) =>
  ['', '_fp16', '_quantized', '_int8'].map((kind) => ({
    text: `${folder}text_model${kind}.onnx`,
    vision: `${folder}vision_model${kind}.onnx`,
  })),
)

const CONFIG_BYTES = 64e6
const positive = z.number().int().positive().max(131_072)
const config = z.object({
  architectures: z.array(z.string()).catch([]),
  max_position_embeddings: positive.optional().catch(undefined),
  text_config: z
    .object({ max_position_embeddings: positive.optional().catch(undefined) })
    .optional()
    .catch(undefined),
})
const pools = z.object({ pooling_mode_cls_token: z.boolean().catch(false), pooling_mode_lasttoken: z.boolean().catch(false) })
const sentence = z.object({ max_seq_length: positive.optional().catch(undefined) })
const tokenizerConfig = z.object({
  chat_template: z.string().optional().catch(undefined),
  model_max_length: z.number().optional().catch(undefined),
})
const side = z.union([
  z.number(),
  z.object({ shortest_edge: z.number() }).transform((o) => o.shortest_edge),
  z.object({ height: z.number() }).transform((o) => o.height),
])
const triple = z.array(z.number()).length(3)
const preprocessor = z.object({
  size: side.optional().catch(undefined),
  crop_size: side.optional().catch(undefined),
  image_mean: triple.optional().catch(undefined),
  image_std: triple.optional().catch(undefined),
})

/**
 * What a folder says of the model in it: `blindfold.json` first, then the files that Sentence Transformers, Transformers
 * and Optimum write, then the ONNX graph itself. What is `given` wins over all of these.
 *
 * @throws BlindfoldError FILE_NOT_FOUND, MODEL_UNUSABLE, each naming the file and what would mend it
 */
export function inspectFolder(dir: string, given: GivenCard = {}): ModelCard {
  if (!existsSync(dir) || !statSync(dir).isDirectory()) {
    throw new BlindfoldError('FILE_NOT_FOUND', `Folder ${dir} not found.`, {
      file: dir,
      remedy: 'Choose the folder that contains the ONNX files and tokenizer.json.',
    })
  }
  const own = givenCard.safeParse(withoutNulls(readJson(dir, 'blindfold.json') ?? {}))
  if (!own.success)
    throw unusable(join(dir, 'blindfold.json'), `is not valid: ${z.prettifyError(own.error)}`, 'Correct it; docs/models.md has its fields.')
  const said: GivenCard = { ...own.data, ...withoutNulls(given) }
  const towers = said.vision ? null : TOWERS.find(({ text, vision }) => [text, vision].every((file) => existsSync(join(dir, file))))
  const model =
    said.model ??
    (said.kind === undefined || said.kind === 'clip' ? towers?.text : undefined) ??
    TEXT_FILES.find((file) => existsSync(join(dir, file)))
  if (!model) {
    throw unusable(
      dir,
      'contains no ONNX file with a usual name (model.onnx, onnx/model.onnx, text_model.onnx with vision_model.onnx)',
      'Export the model to ONNX first (for example with optimum-cli export onnx), or name the file in blindfold.json.',
    )
  }
  const vision = said.vision ?? (model === towers?.text ? towers.vision : null)
  const header = headerOf(dir, model)
  const settings = config.parse(readJson(dir, 'config.json') ?? {})
  const kind = said.kind ?? (vision ? 'clip' : isReward(header, settings.architectures) ? 'reward-model' : 'encoder')
  const tokens = tokenizerConfig.parse(readJson(dir, 'tokenizer_config.json') ?? {})
  const card: ModelCard = {
    kind,
    name: said.name ?? basename(dir),
    model,
    vision,
    tokenizer: said.tokenizer ?? 'tokenizer.json',
    precision: said.precision ?? precisionOf(header),
    pooling: kind === 'encoder' ? (said.pooling ?? poolingOf(dir)) : null,
    maxLength: said.maxLength ?? maxLengthOf(dir, kind, settings, tokens.model_max_length),
    chatTemplate: kind === 'reward-model' ? (said.chatTemplate ?? tokens.chat_template ?? readText(dir, 'chat_template.jinja')) : null,
    image: kind === 'clip' ? (said.image ?? imageInputOf(dir, vision)) : null,
  }
  check(dir, card)
  return modelCard.parse(card)
}

/** The files that a model is read from, relative to its folder. */
export const filesOf = ({ model, vision, tokenizer }: ModelCard): string[] => [model, ...(vision ? [vision] : []), tokenizer]

/** @throws BlindfoldError where a file is missing, too large or lies outside, or a graph is none of its kind or none that is safe to open */
export function check(dir: string, card: ModelCard): void {
  for (const file of filesOf(card)) {
    const inside = relative(resolve(dir), resolve(dir, file))
    if (isAbsolute(file) || inside.startsWith('..') || inside.split(sep).includes('..'))
      throw unusable(dir, `names the file ${file}, which is outside the folder`, 'Put all files of the model into its folder.')
    if (!existsSync(join(dir, file))) {
      throw new BlindfoldError('FILE_NOT_FOUND', `The model has no ${file}.`, {
        file: join(dir, file),
        remedy:
          file === card.tokenizer
            ? 'Add the tokenizer.json of the model (a fast tokenizer of Hugging Face).'
            : 'Add the file, or name another in blindfold.json.',
      })
    }
  }
  if (statSync(join(dir, card.tokenizer)).size > CONFIG_BYTES)
    throw unusable(join(dir, card.tokenizer), 'is too large', 'Use the original file of the model.')
  if (card.kind === 'clip' && !card.vision)
    throw unusable(
      dir,
      'has no image model',
      'Add text_model.onnx and vision_model.onnx, or name them in blindfold.json ("model", "vision").',
    )
  const text = headerOf(dir, card.model)
  if (!text.inputs.some(({ name }) => name === 'input_ids'))
    throw unusable(
      join(dir, card.model),
      `has no input "input_ids"; its inputs are ${names(text.inputs)}`,
      'Export it with the inputs of its tokenizer.',
    )
  if (card.vision && !headerOf(dir, card.vision).inputs.some(({ dims }) => dims.length === 4))
    throw unusable(
      join(dir, card.vision),
      'has no image input with four dimensions: batch, channels, height, width',
      'Name the file that reads images.',
    )
}

const names = (ports: { name: string }[]): string => ports.map(({ name }) => name).join(', ')

/** Domains of operators that ONNX Runtime has itself. */
const DOMAINS = new Set(['ai.onnx.ml', 'com.microsoft', 'com.microsoft.nchwc', 'com.ms.internal.nhwc'])
/** Operators of those that open files of their own. */
const OPENING = new Set(['com.microsoft:EPContext'])

function headerOf(dir: string, file: string): OnnxHeader {
  let header: OnnxHeader
  try {
    header = onnxHeader(join(dir, file))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT')
      throw new BlindfoldError('FILE_NOT_FOUND', `The model has no ${file}.`, {
        file: join(dir, file),
        remedy: 'Add the file, or name another in blindfold.json.',
      })
    throw unusable(join(dir, file), `cannot be read as ONNX: ${(error as Error).message}`, 'Copy or download the file again.')
  }
  refuseOperators(join(dir, file), header)
  refuseExternal(dir, file, header)
  return header
}

function refuseOperators(path: string, { operators, functions }: OnnxHeader): void {
  for (const name of operators) {
    const domain = name.includes(':') ? name.slice(0, name.lastIndexOf(':')) : ''
    if (OPENING.has(name) || !(domain === '' || DOMAINS.has(domain) || functions.has(domain))) {
      throw unusable(
        path,
        `requires the operator ${name}, which is not part of ONNX Runtime`,
        'Export the model with standard ONNX operators only.',
      )
    }
  }
}

/**
 * Weights beside the graph must lie in the model's folder: a graph can name any file of this machine. A cache of the hub
 * keeps model and weights side by side elsewhere and links both, which is allowed.
 */
function refuseExternal(dir: string, file: string, { external, weights }: OnnxHeader): void {
  const path = join(dir, file)
  const refuse = (why: string): BlindfoldError =>
    unusable(path, `keeps weights ${why}`, 'Put the files of the model into one folder, as they were exported.')
  const homes = [realpathSync(dir), dirname(realpathSync(path))]
  const sizes = new Map<string, number>()
  for (const { location, offset, length } of external) {
    if (
      location === '' ||
      isAbsolute(location) ||
      win32.isAbsolute(location) ||
      /^[A-Za-z]:|\0/.test(location) ||
      location.split(/[/\\]/).includes('..')
    ) {
      throw refuse(`in “${location.slice(0, 200)}”, which is not the name of a file in its folder`)
    }
    if (!sizes.has(location)) {
      const beside = join(dirname(path), location)
      const facts = statSync(beside, { throwIfNoEntry: false })
      if (!facts?.isFile()) throw refuse(`in ${location}, which is missing`)
      const real = realpathSync(beside)
      if (!homes.some((home) => !relative(home, real).startsWith('..') && !isAbsolute(relative(home, real))))
        throw refuse(`in ${location}, a link to a file outside its folder`)
      sizes.set(location, facts.size)
    }
    if (offset + (length ?? 0) > (sizes.get(location) as number)) throw refuse(`beyond the end of ${location}`)
  }
  const there = statSync(path).size + [...sizes.values()].reduce((sum, size) => sum + size, 0)
  const said = [...weights.values()].reduce((sum, size) => sum + size, 0)
  // Numbers that are written one by one may take half the room; what takes none at all is not there.
  if (!(said <= 2 * there + 1e6)) throw unusable(path, 'states more weights than its files contain', 'Copy or download the file again.')
}

/** A model with one number a text: by its architecture's name, or by a graph whose output is [batch, 1] or [batch]. */
function isReward({ outputs }: OnnxHeader, architectures: readonly string[]): boolean {
  if (architectures.some((name) => /ForSequenceClassification$|RewardModel$/.test(name))) return true
  const [output] = outputs
  return (
    outputs.length === 1 &&
    /^(logits|reward|rewards|score)$/.test(output?.name ?? '') &&
    (output?.dims.length === 1 || output?.dims[1] === 1)
  )
}

/** What most of the weights are made of, by bytes; quantised graphs keep some in float32. */
function precisionOf({ weights }: OnnxHeader): ModelCard['precision'] {
  const of = (...types: number[]): number => types.reduce((sum, type) => sum + (weights.get(type) ?? 0), 0)
  // A byte of int8 stands for four of float32.
  const [fp32, fp16, int8] = [of(ONNX_TYPE.float32), 2 * of(ONNX_TYPE.float16), 4 * of(ONNX_TYPE.int8, ONNX_TYPE.uint8)]
  return int8 > fp32 && int8 > fp16 ? 'int8' : fp16 > fp32 ? 'fp16' : 'fp32'
}

function poolingOf(dir: string): 'mean' | 'cls' | 'last' {
  const { pooling_mode_cls_token: cls, pooling_mode_lasttoken: last } = pools.parse(readJson(dir, '1_Pooling/config.json') ?? {})
  return cls ? 'cls' : last ? 'last' : 'mean'
}

function maxLengthOf(dir: string, kind: ModelCard['kind'], settings: z.output<typeof config>, tokens: number | undefined): number {
  const stated = sentence.parse(readJson(dir, 'sentence_bert_config.json') ?? {}).max_seq_length
  const positions = settings.text_config?.max_position_embeddings ?? settings.max_position_embeddings
  // Tokenizers without a limit say 1e30.
  const limit = tokens !== undefined && tokens >= 8 && tokens <= 131_072 ? Math.floor(tokens) : undefined
  const found = stated ?? limit ?? positions ?? (kind === 'clip' ? 77 : 512)
  return Math.max(8, Math.min(found, positions ?? found, kind === 'clip' ? 512 : 8192))
}

/** CLIP's own means and deviations where no file says others. */
function imageInputOf(dir: string, vision: string | null): NonNullable<ModelCard['image']> {
  const { size, crop_size: crop, image_mean: mean, image_std: std } = preprocessor.parse(readJson(dir, 'preprocessor_config.json') ?? {})
  const graph = vision ? headerOf(dir, vision).inputs.find(({ dims }) => dims.length === 4)?.dims[2] : undefined
  return {
    size: (typeof graph === 'number' && graph > 1 ? graph : undefined) ?? crop ?? size ?? 224,
    mean: mean ?? [0.48145466, 0.4578275, 0.40821073],
    std: std ?? [0.26862954, 0.26130258, 0.27577711],
  }
}

/** Null and undefined say nothing. */
const withoutNulls = <T>(value: T): T =>
  typeof value === 'object' && value !== null
    ? (Object.fromEntries(Object.entries(value).filter(([, field]) => field !== null && field !== undefined)) as T)
    : value

function readText(dir: string, file: string): string | null {
  const path = join(dir, file)
  if (!existsSync(path)) return null
  if (statSync(path).size > CONFIG_BYTES) throw unusable(path, 'is too large', 'Use the original file of the model.')
  return readFileSync(path, 'utf8')
}

function readJson(dir: string, file: string): unknown {
  const text = readText(dir, file)
  if (text === null) return null
  try {
    return JSON.parse(text)
  } catch (error) {
    throw unusable(join(dir, file), `is not JSON: ${(error as Error).message}`, 'Copy or download the file again.')
  }
}

const unusable = (file: string, why: string, remedy: string): BlindfoldError =>
  new BlindfoldError('MODEL_UNUSABLE', `${basename(file)} ${why}.`, { file, remedy })
