import { closeSync, fstatSync, openSync, readSync } from 'node:fs'

/** An input or output of a graph; a size that varies is a name, one that is not given null. `type` is ONNX's number. */
export type OnnxPort = { name: string; type: number; dims: (number | string | null)[] }

/** Where weights lie that are not in the file itself. */
export type ExternalData = { location: string; offset: number; length: number | null }

/** What the weights of a graph are made of, in bytes for each of ONNX's type numbers, its ports, and what it needs beside itself. */
export type OnnxHeader = {
  inputs: OnnxPort[]
  outputs: OnnxPort[]
  weights: Map<number, number>
  external: ExternalData[]
  /** Operators as `domain:name`, those of ONNX itself without a domain. */
  operators: Set<string>
  /** Domains of the functions that the file brings along. */
  functions: Set<string>
}

export const ONNX_TYPE = { float32: 1, uint8: 2, int8: 3, int32: 6, int64: 7, float16: 10 } as const
const BYTES: Record<number, number> = { 1: 4, 2: 1, 3: 1, 6: 4, 7: 8, 10: 2, 11: 8, 16: 2 }

/** Larger parts are stepped over: nothing that is asked for here is that large. */
const SMALL = 1 << 16
/** Parts that a file may have; a few bytes each must not add up to hours. */
const MOST_PARTS = 5_000_000
/** Graphs within graphs: branches and loops. */
const MOST_DEPTH = 16

type Span = { from: number; to: number }
type Part = Span & { field: number; wire: number; value: number }

/**
 * What an ONNX file says of itself (onnx.proto: ModelProto.graph = 7, training_info = 20, functions = 25). Steps over the
 * weights themselves, so that a file of gigabytes takes milliseconds.
 *
 * @throws RangeError where the file is no ONNX model
 */
export function onnxHeader(path: string): OnnxHeader {
  const file = openSync(path, 'r')
  try {
    return readHeader(new Window(file, fstatSync(file).size))
  } finally {
    closeSync(file)
  }
}

function readHeader(bytes: Window): OnnxHeader {
  const header: OnnxHeader = { inputs: [], outputs: [], weights: new Map(), external: [], operators: new Set(), functions: new Set() }
  let graphs = 0
  for (const part of parts(bytes, 0, bytes.size)) {
    if (part.wire !== 2) continue
    if (part.field === 7) {
      graphs++
      readGraph(bytes, part, header, 0)
    } else if (part.field === 20) {
      throw new RangeError('it is a training graph')
    } else if (part.field === 25) {
      readFunction(bytes, part, header)
    }
  }
  if (graphs !== 1 || header.outputs.length === 0) throw new RangeError('it contains no ONNX graph')
  // Old exporters list weights among the inputs; those that must be given are the others, and weights have no such type.
  return header
}

/** GraphProto: node = 1, initializer = 5, input = 11, output = 12, sparse_initializer = 15. Ports are those of the outermost graph. */
function readGraph(bytes: Window, { from, to }: Span, header: OnnxHeader, depth: number): void {
  if (depth > MOST_DEPTH) throw new RangeError('its graphs are nested too deeply')
  for (const part of parts(bytes, from, to)) {
    if (part.wire !== 2) continue
    if (part.field === 1) readNode(bytes, part, header, depth)
    else if (part.field === 5) readTensor(bytes, part, header)
    else if (part.field === 15) readSparse(bytes, part, header)
    else if (part.field === 11 && depth === 0) header.inputs.push(port(bytes, part.from, part.to))
    else if (part.field === 12 && depth === 0) header.outputs.push(port(bytes, part.from, part.to))
  }
}

/** NodeProto: op_type = 4, attribute = 5, domain = 7; AttributeProto: t = 5, g = 6, tensors = 10, graphs = 11, sparse_tensor = 22, sparse_tensors = 23. */
function readNode(bytes: Window, { from, to }: Span, header: OnnxHeader, depth: number): void {
  let [domain, name] = ['', '']
  for (const part of parts(bytes, from, to)) {
    if (part.wire !== 2) continue
    if (part.field === 4) name = bytes.text(part.from, part.to)
    if (part.field === 7) domain = bytes.text(part.from, part.to)
    if (part.field !== 5) continue
    for (const value of parts(bytes, part.from, part.to)) {
      if (value.wire !== 2) continue
      if (value.field === 5 || value.field === 10) readTensor(bytes, value, header)
      else if (value.field === 6 || value.field === 11) readGraph(bytes, value, header, depth + 1)
      else if (value.field === 22 || value.field === 23) readSparse(bytes, value, header)
    }
  }
  header.operators.add(domain === '' || domain === 'ai.onnx' ? name : `${domain}:${name}`)
}

/** FunctionProto: node = 7, domain = 10. */
function readFunction(bytes: Window, { from, to }: Span, header: OnnxHeader): void {
  for (const part of parts(bytes, from, to)) {
    if (part.wire !== 2) continue
    if (part.field === 7) readNode(bytes, part, header, 1)
    if (part.field === 10) header.functions.add(bytes.text(part.from, part.to))
  }
}

/** SparseTensorProto: values = 1, indices = 2. */
function readSparse(bytes: Window, { from, to }: Span, header: OnnxHeader): void {
  for (const part of parts(bytes, from, to)) if (part.wire === 2 && part.field <= 2) readTensor(bytes, part, header)
}

/** TensorProto: dims = 1, data_type = 2, external_data = 13, data_location = 14. */
function readTensor(bytes: Window, { from, to }: Span, { weights, external }: OnnxHeader): void {
  let [type, count, elsewhere] = [0, 1, false]
  const entries = new Map<string, string>()
  for (const part of parts(bytes, from, to)) {
    if (part.field === 1 && part.wire === 0) count *= part.value
    else if (part.field === 1)
      for (let at = part.from; at < part.to;) {
        const [value, next] = bytes.varint(at)
        count *= value
        at = next
      }
    else if (part.field === 2) type = part.value
    else if (part.field === 14) elsewhere = part.value === 1
    else if (part.field === 13) {
      const [key = '', value = ''] = [1, 2]
        .map((wanted) => [...parts(bytes, part.from, part.to)].findLast(({ field, wire }) => field === wanted && wire === 2))
        .map((text) => text && bytes.text(text.from, text.to))
      entries.set(key, value)
    }
  }
  weights.set(type, (weights.get(type) ?? 0) + count * (BYTES[type] ?? 0))
  // Whatever the tensor says of where its data lies: readers differ in which of the two they believe.
  if (elsewhere || entries.size > 0)
    external.push({
      location: entries.get('location') ?? '',
      offset: whole(entries.get('offset'), 0),
      length: whole(entries.get('length'), null),
    })
}

/** A size as ONNX writes it: decimal digits. */
function whole<Default>(text: string | undefined, absent: Default): number | Default {
  if (text === undefined) return absent
  if (!/^\d{1,15}$/.test(text)) throw new RangeError('a size in it is no number')
  return Number(text)
}

/** ValueInfoProto: name = 1, type = 2; TypeProto.tensor_type = 1; its elem_type = 1, shape = 2; dim = 1; dim_value = 1, dim_param = 2. */
function port(bytes: Window, from: number, to: number): OnnxPort {
  const found: OnnxPort = { name: '', type: 0, dims: [] }
  for (const part of parts(bytes, from, to)) {
    if (part.field === 1) found.name = bytes.text(part.from, part.to)
    if (part.field !== 2) continue
    for (const tensor of parts(bytes, part.from, part.to)) {
      if (tensor.field !== 1) continue
      for (const inside of parts(bytes, tensor.from, tensor.to)) {
        if (inside.field === 1) found.type = inside.value
        if (inside.field !== 2) continue
        for (const dim of parts(bytes, inside.from, inside.to)) {
          let size: number | string | null = null
          for (const given of parts(bytes, dim.from, dim.to)) {
            if (given.field === 1) size = given.value
            if (given.field === 2) size = bytes.text(given.from, given.to)
          }
          found.dims.push(size)
        }
      }
    }
  }
  return found
}

/** The parts of a protobuf message that lies from `from` to `to`. */
function* parts(bytes: Window, from: number, to: number): Generator<Part> {
  for (let at = from; at < to;) {
    bytes.count()
    const [key, next] = bytes.varint(at)
    const field = Math.floor(key / 8)
    const wire = key % 8
    if (wire === 0) {
      const [value, end] = bytes.varint(next)
      yield { field, wire, value, from: next, to: end }
      at = end
    } else if (wire === 1 || wire === 5) {
      at = next + (wire === 1 ? 8 : 4)
    } else if (wire === 2) {
      const [length, start] = bytes.varint(next)
      at = start + length
      if (at > to) throw new RangeError('it is truncated or not an ONNX file')
      yield { field, wire, value: 0, from: start, to: at }
    } else {
      throw new RangeError('it is not an ONNX file')
    }
    if (at > to) throw new RangeError('it is truncated or not an ONNX file')
  }
}

/** A file read a little at a time. */
class Window {
  readonly size: number
  readonly #file: number
  readonly #buffer = Buffer.alloc(SMALL)
  #start = 0
  #length = 0
  #parts = 0

  constructor(file: number, size: number) {
    this.#file = file
    this.size = size
  }

  count(): void {
    if (++this.#parts > MOST_PARTS) throw new RangeError('it has too many parts for an ONNX file')
  }

  /** The number at `at` and the place after it. Beyond 2^53 it is inexact, which no size or count is. */
  varint(at: number): [number, number] {
    let value = 0
    for (let shift = 0; shift < 10; shift++) {
      const byte = this.#byte(at + shift)
      value += (byte & 127) * 2 ** (7 * shift)
      if (byte < 128) return [value, at + shift + 1]
    }
    throw new RangeError('it is not an ONNX file')
  }

  text(from: number, to: number): string {
    if (to - from > SMALL) throw new RangeError('a name in it is too long')
    const bytes = Buffer.alloc(to - from)
    readSync(this.#file, bytes, 0, bytes.length, from)
    return bytes.toString('utf8')
  }

  #byte(at: number): number {
    if (at >= this.size) throw new RangeError('it is truncated or not an ONNX file')
    if (at < this.#start || at >= this.#start + this.#length) {
      this.#start = at
      this.#length = readSync(this.#file, this.#buffer, 0, SMALL, at)
    }
    return this.#buffer[at - this.#start] as number
  }
}
