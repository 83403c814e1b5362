import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { GivenCard } from '../src/contract/models.ts'
import { random } from '../src/core/random.ts'
import { onnxModel, type OnnxNode, type OnnxTensor, type OnnxValue } from '../src/proxies/onnx-model.ts'

// Text models small enough to be made in a test and whose numbers can be computed beside them: h_t = tanh((e_t + mean of
// all e) W), where the mean is over the tokens that the mask shows. Every token so depends on every other.

export const VOCABULARY = [
  '[PAD]',
  '[UNK]',
  '[CLS]',
  '[SEP]',
  ...'ant bear cow deer eel fox goat hare ibis jay kiwi lark mole newt owl pig quail rat seal toad user assistant is red as can be seen surely . , : <'.split(
    ' ',
  ),
]
const WIDTH = 6
const SPECIAL = 4

const draws = random('text models')
const matrix = (rows: number, columns: number): Float32Array => Float32Array.from({ length: rows * columns }, () => 2 * draws.next() - 1)
const embeddings = matrix(VOCABULARY.length, WIDTH)
const weights = matrix(WIDTH, WIDTH)
const head = matrix(WIDTH, 1)

/**
 * `embedding`: h of every token. `token-rewards`: one number a token. `last-seen`: the reward of the last token that the
 * mask shows. `last-of-all`: that of the last one, padding or not, as some exports have it.
 */
export type ModelOutput = 'embedding' | 'token-rewards' | 'last-seen' | 'last-of-all'

/** Writes a model's folder: `model.onnx`, `tokenizer.json` and, where a card is given, `blindfold.json`. */
export function writeTextModel(
  dir: string,
  { output, fp16 = false, card }: { output: ModelOutput; fp16?: boolean; card?: GivenCard },
): string {
  mkdirSync(dir, { recursive: true })
  writeFileSync(join(dir, 'model.onnx'), graph(output, fp16))
  writeFileSync(join(dir, 'tokenizer.json'), JSON.stringify(tokenizer()))
  if (card) writeFileSync(join(dir, 'blindfold.json'), JSON.stringify(card))
  return dir
}

function graph(output: ModelOutput, fp16: boolean): Uint8Array {
  const type = fp16 ? 'float16' : 'float32'
  const inputs: OnnxValue[] = ['input_ids', 'attention_mask'].map((name) => ({ name, type: 'int64', dims: ['batch', 'length'] }))
  const whole = (name: string, ...values: bigint[]): OnnxTensor => ({ name, dims: [values.length], data: BigInt64Array.from(values) })
  const constants: OnnxTensor[] = [
    { name: 'embeddings32', dims: [VOCABULARY.length, WIDTH], data: embeddings },
    { name: 'weights32', dims: [WIDTH, WIDTH], data: weights },
    { name: 'head32', dims: [WIDTH, 1], data: head },
    whole('one', 1n),
    whole('two', 2n),
  ]
  const to = fp16 ? 10 : 1
  const nodes: OnnxNode[] = [
    ...['embeddings', 'weights', 'head'].map((name) => ({ op: 'Cast', inputs: [`${name}32`], outputs: [name], ints: { to } })),
    { op: 'Cast', inputs: ['attention_mask'], outputs: ['seen'], ints: { to } },
    { op: 'Unsqueeze', inputs: ['seen', 'two'], outputs: ['seen3'] },
    { op: 'Gather', inputs: ['embeddings', 'input_ids'], outputs: ['e'] },
    { op: 'Mul', inputs: ['e', 'seen3'], outputs: ['shown'] },
    { op: 'ReduceSum', inputs: ['shown', 'one'], outputs: ['sum'] },
    { op: 'ReduceSum', inputs: ['seen3', 'one'], outputs: ['count'] },
    { op: 'Div', inputs: ['sum', 'count'], outputs: ['mean'] },
    { op: 'Add', inputs: ['e', 'mean'], outputs: ['mixed'] },
    { op: 'MatMul', inputs: ['mixed', 'weights'], outputs: ['turned'] },
    { op: 'Tanh', inputs: ['turned'], outputs: [output === 'embedding' ? 'last_hidden_state' : 'h'] },
  ]
  if (output === 'embedding')
    return onnxModel({
      name: output,
      inputs,
      outputs: [{ name: 'last_hidden_state', type, dims: ['batch', 'length', WIDTH] }],
      constants,
      nodes,
    })
  nodes.push({ op: 'MatMul', inputs: ['h', 'head'], outputs: [output === 'token-rewards' ? 'logits' : 'rewards'] })
  if (output === 'last-of-all') constants.push({ name: 'minus', dims: [], data: BigInt64Array.of(-1n) })
  if (output === 'last-of-all') nodes.push({ op: 'Gather', inputs: ['rewards', 'minus'], outputs: ['logits'], ints: { axis: 1 } })
  if (output === 'last-seen') {
    nodes.push(
      { op: 'CumSum', inputs: ['attention_mask', 'one'], outputs: ['place'] },
      { op: 'ReduceSum', inputs: ['attention_mask', 'one'], outputs: ['all'] },
      { op: 'Equal', inputs: ['place', 'all'], outputs: ['isLast'] },
      { op: 'Cast', inputs: ['isLast'], outputs: ['last'], ints: { to } },
      { op: 'Mul', inputs: ['last', 'seen'], outputs: ['chosen'] },
      { op: 'Unsqueeze', inputs: ['chosen', 'two'], outputs: ['chosen3'] },
      { op: 'Mul', inputs: ['rewards', 'chosen3'], outputs: ['read'] },
      { op: 'ReduceSum', inputs: ['read', 'one'], outputs: ['logits'], ints: { keepdims: 0 } },
    )
  }
  return onnxModel({
    name: output,
    inputs,
    outputs: [{ name: 'logits', type, dims: output === 'token-rewards' ? ['batch', 'length', 1] : ['batch', 1] }],
    constants,
    nodes,
  })
}

/** Words and punctuation marks, `[CLS] … [SEP]` around them. */
function tokenizer() {
  const special = (id: number) => ({
    id,
    content: VOCABULARY[id],
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
    special: true,
  })
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: Array.from({ length: SPECIAL }, (_, id) => special(id)),
    normalizer: { type: 'Lowercase' },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: {
      type: 'TemplateProcessing',
      single: [
        { SpecialToken: { id: '[CLS]', type_id: 0 } },
        { Sequence: { id: 'A', type_id: 0 } },
        { SpecialToken: { id: '[SEP]', type_id: 0 } },
      ],
      pair: [{ Sequence: { id: 'A', type_id: 0 } }, { Sequence: { id: 'B', type_id: 1 } }],
      special_tokens: { '[CLS]': { id: '[CLS]', ids: [2], tokens: ['[CLS]'] }, '[SEP]': { id: '[SEP]', ids: [3], tokens: ['[SEP]'] } },
    },
    decoder: null,
    model: {
      type: 'WordPiece',
      unk_token: '[UNK]',
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries(VOCABULARY.map((word, id) => [word, id])),
    },
  }
}

/** The tokens that the tokenizer should find, without those around them. */
export const tokensOf = (text: string): number[] =>
  (text.toLowerCase().match(/[a-z]+|\d+|[^\sa-z\d]/gu) ?? []).map((word) => Math.max(1, VOCABULARY.indexOf(word)))

/** h of every token, in double precision. */
export function hidden(ids: readonly number[]): number[][] {
  const of = (id: number): number[] => Array.from(embeddings.subarray(id * WIDTH, (id + 1) * WIDTH))
  const mean = Array.from({ length: WIDTH }, (_, j) => ids.reduce((sum, id) => sum + (of(id)[j] as number), 0) / ids.length)
  return ids.map((id) => {
    const mixed = of(id).map((value, j) => value + (mean[j] as number))
    return Array.from({ length: WIDTH }, (_, k) =>
      Math.tanh(mixed.reduce((sum, value, j) => sum + value * (weights[j * WIDTH + k] as number), 0)),
    )
  })
}

/** The reward of the last token. */
export const rewardOf = (ids: readonly number[]): number =>
  (hidden(ids).at(-1) as number[]).reduce((sum, value, j) => sum + value * (head[j] as number), 0)

const COLOURS = ['red', 'green', 'blue'] as const
/** Edge of the pictures that the towers take. */
export const TOWER_SIZE = 16

/**
 * Writes a pair of towers that meet in a space of colours: an image is its mean in each channel, a text the mean of its words,
 * of which `ant`, `bear` and `cow` mean red, green and blue, and all others nothing.
 */
export function writeTowers(dir: string, { width = 3 }: { width?: number } = {}): string {
  mkdirSync(dir, { recursive: true })
  const meanings = new Float32Array(VOCABULARY.length * width)
  COLOURS.forEach((_, c) => (meanings[VOCABULARY.indexOf(['ant', 'bear', 'cow'][c] as string) * width + c] = 1))
  const text = onnxModel({
    name: 'text',
    inputs: [{ name: 'input_ids', type: 'int64', dims: ['batch', 'length'] }],
    outputs: [{ name: 'text_embeds', type: 'float32', dims: ['batch', width] }],
    constants: [{ name: 'meanings', dims: [VOCABULARY.length, width], data: meanings }],
    nodes: [
      { op: 'Gather', inputs: ['meanings', 'input_ids'], outputs: ['words'] },
      { op: 'ReduceMean', inputs: ['words'], outputs: ['text_embeds'], ints: { axes: [1], keepdims: 0 } },
    ],
  })
  const vision = onnxModel({
    name: 'vision',
    inputs: [{ name: 'pixel_values', type: 'float32', dims: ['batch', 3, TOWER_SIZE, TOWER_SIZE] }],
    outputs: [{ name: 'image_embeds', type: 'float32', dims: ['batch', 3] }],
    constants: [],
    nodes: [{ op: 'ReduceMean', inputs: ['pixel_values'], outputs: ['image_embeds'], ints: { axes: [2, 3], keepdims: 0 } }],
  })
  writeFileSync(join(dir, 'text_model.onnx'), text)
  writeFileSync(join(dir, 'vision_model.onnx'), vision)
  writeFileSync(join(dir, 'tokenizer.json'), JSON.stringify(tokenizer()))
  writeFileSync(
    join(dir, 'preprocessor_config.json'),
    JSON.stringify({ image_mean: [0.5, 0.5, 0.5], image_std: [0.25, 0.25, 0.25], crop_size: { height: TOWER_SIZE, width: TOWER_SIZE } }),
  )
  return dir
}
