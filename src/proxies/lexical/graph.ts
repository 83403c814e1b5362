import { onnxModel } from '../onnx-model.ts'

/**
 * The linear reward as a graph: reward[n] = sum over l of weights[indices[n, l]] * values[n, l]. Inputs `indices` int32
 * [batch, width] and `values` float32 [batch, width]; output `reward` float32 [batch].
 */
export function lexicalGraph(weights: Float32Array): Uint8Array {
  return onnxModel({
    name: 'lexical',
    inputs: [
      { name: 'indices', type: 'int32', dims: ['batch', 'width'] },
      { name: 'values', type: 'float32', dims: ['batch', 'width'] },
    ],
    outputs: [{ name: 'reward', type: 'float32', dims: ['batch'] }],
    constants: [
      { name: 'weights', dims: [weights.length], data: weights },
      { name: 'axis', dims: [1], data: new BigInt64Array([1n]) },
    ],
    nodes: [
      { op: 'Gather', inputs: ['weights', 'indices'], outputs: ['gathered'], ints: { axis: 0 } },
      { op: 'Mul', inputs: ['gathered', 'values'], outputs: ['parts'] },
      { op: 'ReduceSum', inputs: ['parts', 'axis'], outputs: ['reward'], ints: { keepdims: 0 } },
    ],
  })
}
