import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { random } from '../../src/core/random.ts'
import { onnxModel, type OnnxNode, type OnnxTensor } from '../../src/proxies/onnx-model.ts'

const SPECIAL = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '.', ',']
const POSITIONS = 512

/** The shape of all-MiniLM-L6-v2. */
export const MINILM = { layers: 6, width: 384, heads: 12, inner: 1536 }

/**
 * Writes a BERT encoder with random weights and a tokenizer that knows `words`: what it computes means nothing, and takes
 * as long as a trained one of that shape.
 */
export function writeBert(dir: string, words: readonly string[], { layers, width, heads, inner } = MINILM): void {
  mkdirSync(dir, { recursive: true })
  const draw = random('bert')
  const constants: OnnxTensor[] = []
  const nodes: OnnxNode[] = []
  const floats = (name: string, dims: number[], make: () => number): string => {
    constants.push({ name, dims, data: Float32Array.from({ length: dims.reduce((product, dim) => product * dim, 1) }, make) })
    return name
  }
  const whole = (name: string, values: number[], dims = [values.length]): string => {
    constants.push({ name, dims, data: BigInt64Array.from(values, BigInt) })
    return name
  }
  const weight = (name: string, rows: number, columns: number): string =>
    floats(name, [rows, columns], () => (2 * draw.next() - 1) * Math.sqrt(3 / rows))
  const node = (op: string, inputs: string[], output: string, ints?: OnnxNode['ints']): string => {
    nodes.push({ op, inputs, outputs: [output], ...(ints ? { ints } : {}) })
    return output
  }
  const number = (name: string, value: number): string => floats(name, [], () => value)
  const [two, half, one, rootTwo, eps] = [
    number('two', 2),
    number('half', 0.5),
    number('one', 1),
    number('rootTwo', Math.SQRT2),
    number('eps', 1e-12),
  ]
  const linear = (x: string, name: string, from: number, to: number): string => {
    const product = node('MatMul', [x, weight(`${name}.w`, from, to)], `${name}.product`)
    return node('Add', [product, floats(`${name}.b`, [to], () => 0)], name)
  }
  const normed = (x: string, name: string): string => {
    const centred = node('Sub', [x, node('ReduceMean', [x], `${name}.mean`, { axes: [-1] })], `${name}.centred`)
    const variance = node('ReduceMean', [node('Pow', [centred, two], `${name}.squares`)], `${name}.variance`, { axes: [-1] })
    const deviation = node('Sqrt', [node('Add', [variance, eps], `${name}.safe`)], `${name}.deviation`)
    const scaled = node('Mul', [node('Div', [centred, deviation], `${name}.unit`), floats(`${name}.g`, [width], () => 1)], `${name}.scaled`)
    return node('Add', [scaled, floats(`${name}.b`, [width], () => 0)], name)
  }

  // Embeddings of words and of places; the first places of a table of all.
  const vocabulary = [...SPECIAL, ...words]
  const length = node('Gather', [node('Shape', ['input_ids'], 'shape'), whole('second', [1])], 'length')
  const places = node('Slice', [weight('places', POSITIONS, width), whole('zero', [0]), length, 'zero'], 'place')
  let x = normed(node('Add', [node('Gather', [weight('words', vocabulary.length, width), 'input_ids'], 'word'), places], 'embedded'), 'h')
  // 0 where the mask shows a token, very negative where it does not: [batch, 1, 1, length].
  const seen = node('Cast', [node('Unsqueeze', ['attention_mask', whole('middle', [1, 2])], 'mask4')], 'seen', { to: 1 })
  const hidden = node('Mul', [node('Sub', [one, seen], 'unseen'), number('never', -1e9)], 'hidden')
  const split = whole('split', [0, 0, heads, width / heads])
  const join_ = whole('join', [0, 0, width])
  const scale = number('scale', 1 / Math.sqrt(width / heads))
  for (let layer = 0; layer < layers; layer++) {
    const at = (name: string): string => `${layer}.${name}`
    const parts = (name: string, perm: number[]): string =>
      node('Transpose', [node('Reshape', [linear(x, at(name), width, width), split], at(`${name}.split`))], at(`${name}.heads`), { perm })
    const [q, k, v] = [parts('q', [0, 2, 1, 3]), parts('k', [0, 2, 3, 1]), parts('v', [0, 2, 1, 3])]
    const scores = node('Add', [node('Mul', [node('MatMul', [q, k], at('qk')), scale], at('scaled')), hidden], at('scores'))
    const mixed = node('MatMul', [node('Softmax', [scores], at('attention'), { axis: -1 }), v], at('mixed'))
    const joined = node('Reshape', [node('Transpose', [mixed], at('back'), { perm: [0, 2, 1, 3] }), join_], at('joined'))
    x = normed(node('Add', [x, linear(joined, at('out'), width, width)], at('sum')), at('n1'))
    const up = linear(x, at('up'), width, inner)
    const erf = node('Add', [node('Erf', [node('Div', [up, rootTwo], at('up.scaled'))], at('erf')), one], at('erf1'))
    const gelu = node('Mul', [node('Mul', [up, erf], at('gelu2')), half], at('gelu'))
    x = normed(node('Add', [x, linear(gelu, at('down'), inner, width)], at('sum2')), layer === layers - 1 ? 'last_hidden_state' : at('n2'))
  }
  const inputs = ['input_ids', 'attention_mask'].map((name) => ({ name, type: 'int64' as const, dims: ['batch', 'length'] }))
  const outputs = [{ name: 'last_hidden_state', type: 'float32' as const, dims: ['batch', 'length', width] }]
  writeFileSync(join(dir, 'model.onnx'), onnxModel({ name: 'bert', inputs, outputs, nodes, constants }))
  writeFileSync(join(dir, 'tokenizer.json'), JSON.stringify(tokenizer(vocabulary)))
  writeFileSync(
    join(dir, 'blindfold.json'),
    JSON.stringify({ kind: 'encoder', name: 'MiniLM’s shape, random weights', pooling: 'mean', maxLength: 256 }),
  )
}

function tokenizer(vocabulary: readonly string[]) {
  const special = (content: string) => ({
    id: vocabulary.indexOf(content),
    content,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
    special: true,
  })
  const framed = (content: string) => ({ SpecialToken: { id: content, type_id: 0 } })
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: SPECIAL.slice(0, 4).map(special),
    normalizer: { type: 'BertNormalizer', clean_text: true, handle_chinese_chars: true, strip_accents: null, lowercase: true },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: {
      type: 'TemplateProcessing',
      single: [framed('[CLS]'), { Sequence: { id: 'A', type_id: 0 } }, framed('[SEP]')],
      pair: [{ Sequence: { id: 'A', type_id: 0 } }, { Sequence: { id: 'B', type_id: 1 } }],
      special_tokens: Object.fromEntries(
        ['[CLS]', '[SEP]'].map((token) => [token, { id: token, ids: [vocabulary.indexOf(token)], tokens: [token] }]),
      ),
    },
    decoder: null,
    model: {
      type: 'WordPiece',
      unk_token: '[UNK]',
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries(vocabulary.map((word, id) => [word, id])),
    },
  }
}
