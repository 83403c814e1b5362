import { closeSync, fstatSync, openSync, readSync } from 'node:fs'

/** An input or output of a graph; a size that varies is a name, one that is not given null. `type` is ONNX's number. */
export type OnnxPort = { name: string; type: number; dims: (number | string | null)[] }

/** What the weights of a graph are made of, in bytes for each of ONNX's type numbers, and its ports. */
export type OnnxHeader = { inputs: OnnxPort[]; outputs: OnnxPort[]; weights: Map<number, number> }

export const ONNX_TYPE = { float32: 1, uint8: 2, int8: 3, int32: 6, int64: 7, float16: 10 } as const
const BYTES: Record<number, number> = { 1: 4, 2: 1, 3: 1, 6: 4, 7: 8, 10: 2, 11: 8, 16: 2 }

/** Larger parts are stepped over: nothing that is asked for here is that large. */
const SMALL = 1 << 16
/** Parts that a file may have; a few bytes each must not add up to hours. */
const MOST_PARTS = 5_000_000

type Part = { field: number; wire: number; value: number; from: number; to: number }

/**
 * Inputs, outputs and the types of the weights of an ONNX file (onnx.proto: ModelProto.graph = 7; GraphProto.initializer
 * = 5, input = 11, output = 12). Steps over everything else, so that a file of gigabytes takes milliseconds.
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
  const header: OnnxHeader = { inputs: [], outputs: [], weights: new Map() }
  let graphs = 0
  for (const part of parts(bytes, 0, bytes.size)) {
    if (part.field !== 7 || part.wire !== 2) continue
    graphs++
    for (const { field, wire, from, to } of parts(bytes, part.from, part.to)) {
      if (wire !== 2) continue
      if (field === 5) addWeights(bytes, from, to, header.weights)
      else if (field === 11) header.inputs.push(port(bytes, from, to))
      else if (field === 12) header.outputs.push(port(bytes, from, to))
    }
  }
  if (graphs !== 1 || header.outputs.length === 0) throw new RangeError('it holds no ONNX graph')
  // Old exporters list weights among the inputs; those that must be given are the others, and weights have no such type.
  return header
}

/** TensorProto: dims = 1, data_type = 2. The data itself may lie in another file. */
function addWeights(bytes: Window, from: number, to: number, weights: Map<number, number>): void {
  let type = 0
  let count = 1
  for (const part of parts(bytes, from, to)) {
    if (part.field === 1 && part.wire === 0) count *= part.value
    else if (part.field === 1) for (let at = part.from; at < part.to; ) {
      const [value, next] = bytes.varint(at)
      count *= value
      at = next
    }
    else if (part.field === 2) type = part.value
  }
  weights.set(type, (weights.get(type) ?? 0) + count * (BYTES[type] ?? 0))
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
  for (let at = from; at < to; ) {
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
      if (at > to) throw new RangeError('it is cut off or no ONNX file')
      yield { field, wire, value: 0, from: start, to: at }
    } else {
      throw new RangeError('it is no ONNX file')
    }
    if (at > to) throw new RangeError('it is cut off or no ONNX file')
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
    throw new RangeError('it is no ONNX file')
  }

  text(from: number, to: number): string {
    if (to - from > SMALL) throw new RangeError('a name in it is too long')
    const bytes = Buffer.alloc(to - from)
    readSync(this.#file, bytes, 0, bytes.length, from)
    return bytes.toString('utf8')
  }

  #byte(at: number): number {
    if (at >= this.size) throw new RangeError('it is cut off or no ONNX file')
    if (at < this.#start || at >= this.#start + this.#length) {
      this.#start = at
      this.#length = readSync(this.#file, this.#buffer, 0, SMALL, at)
    }
    return this.#buffer[at - this.#start] as number
  }
}
