// ONNX files as nobody's exporter writes them: the few fields of onnx.proto that these need, by their numbers.

/** A message of protobuf: pairs of a field's number and a number, a text or a message. */
export function message(...fields: [number, number | string | Uint8Array][]): Buffer {
  return Buffer.concat(
    fields.map(([field, value]) => {
      if (typeof value === 'number') return Buffer.concat([varint(field * 8), varint(value)])
      const bytes = Buffer.from(value)
      return Buffer.concat([varint(field * 8 + 2), varint(bytes.length), bytes])
    }),
  )
}

function varint(value: number): Buffer {
  const bytes: number[] = []
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    bytes.push(rest < 128 ? rest : (rest % 128) + 128)
    if (rest < 128) return Buffer.from(bytes)
  }
}

const tensorType = (type: number, dims: (string | number)[]) =>
  message([
    1,
    message([1, type], [2, message(...dims.map((dim): [number, Buffer] => [1, message(typeof dim === 'string' ? [2, dim] : [1, dim])]))]),
  ])

/** A float tensor of `count` numbers whose data lies in a file beside the graph. */
export const external = (name: string, count: number, entries: Record<string, string>): Buffer =>
  message(
    [1, count],
    [2, 1],
    [8, name],
    ...Object.entries(entries).map(([key, value]): [number, Buffer] => [13, message([1, key], [2, value])]),
    [14, 1],
  )

export const node = (op: string, inputs: string[], outputs: string[], ...more: [number, string | Uint8Array][]): Buffer =>
  message(...inputs.map((name): [number, string] => [1, name]), ...outputs.map((name): [number, string] => [2, name]), [4, op], ...more)

/** A model whose one output is as many numbers as the tensor `w` has. */
export function model({
  initializers = [],
  nodes = [node('Identity', ['w'], ['y'])],
  size = 4,
  more = [],
}: {
  initializers?: Buffer[]
  nodes?: Buffer[]
  size?: number
  more?: [number, Buffer][]
}): Buffer {
  const graph = message(
    ...nodes.map((each): [number, Buffer] => [1, each]),
    [2, 'g'],
    ...initializers.map((each): [number, Buffer] => [5, each]),
    [11, message([1, 'input_ids'], [2, tensorType(7, ['batch', 'length'])])],
    [12, message([1, 'y'], [2, tensorType(1, [size])])],
  )
  return message([1, 8], [7, graph], [8, message([1, ''], [2, 13])], ...more)
}
