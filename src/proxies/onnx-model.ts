import protobuf from 'protobufjs'

/**
 * The messages of onnx.proto (ONNX IR version 8) that a small graph needs, with their field numbers. The whole file
 * would bring twenty more that nothing here writes.
 */
const ONNX = protobuf
  .parse(
    `
  syntax = "proto3";
  package onnx;
  message AttributeProto { string name = 1; int64 i = 3; repeated int64 ints = 8; int32 type = 20; }
  message NodeProto { repeated string input = 1; repeated string output = 2; string name = 3; string op_type = 4; repeated AttributeProto attribute = 5; }
  message TensorProto { repeated int64 dims = 1; int32 data_type = 2; string name = 8; bytes raw_data = 9; }
  message Dimension { oneof value { int64 dim_value = 1; string dim_param = 2; } }
  message TensorShapeProto { repeated Dimension dim = 1; }
  message TensorType { int32 elem_type = 1; TensorShapeProto shape = 2; }
  message TypeProto { TensorType tensor_type = 1; }
  message ValueInfoProto { string name = 1; TypeProto type = 2; }
  message GraphProto {
    repeated NodeProto node = 1; string name = 2; repeated TensorProto initializer = 5;
    repeated ValueInfoProto input = 11; repeated ValueInfoProto output = 12;
  }
  message OperatorSetIdProto { string domain = 1; int64 version = 2; }
  message ModelProto {
    int64 ir_version = 1; repeated OperatorSetIdProto opset_import = 8; string producer_name = 2; GraphProto graph = 7;
  }
`,
    { keepCase: true },
  )
  .root.lookupType('onnx.ModelProto')

const ELEMENT = { float32: 1, int32: 6, int64: 7, float16: 10 } as const
/** Kinds of attributes. */
const INT = 2
const INTS = 7

export type OnnxValue = { name: string; type: keyof typeof ELEMENT; dims: (string | number)[] }
export type OnnxNode = { op: string; inputs: string[]; outputs: string[]; ints?: Record<string, number | number[]> }
export type OnnxTensor = { name: string; dims: number[]; data: Float32Array | BigInt64Array }
export type OnnxGraph = { name: string; inputs: OnnxValue[]; outputs: OnnxValue[]; nodes: OnnxNode[]; constants: OnnxTensor[] }

/** A graph as the bytes of an ONNX file, opset 13. Tensors are written little-endian, as this machine holds them. */
export function onnxModel({ name, inputs, outputs, nodes, constants }: OnnxGraph): Uint8Array {
  return ONNX.encode(
    ONNX.fromObject({
      ir_version: 8,
      producer_name: 'blindfold',
      opset_import: [{ domain: '', version: 13 }],
      graph: {
        name,
        node: nodes.map(({ op, inputs: input, outputs: output, ints = {} }, i) => ({
          op_type: op,
          name: `${op}_${i}`,
          input,
          output,
          attribute: Object.entries(ints).map(([key, value]) =>
            typeof value === 'number' ? { name: key, i: value, type: INT } : { name: key, ints: value, type: INTS },
          ),
        })),
        initializer: constants.map(({ name: constant, dims, data }) => ({
          name: constant,
          dims,
          data_type: data instanceof Float32Array ? ELEMENT.float32 : ELEMENT.int64,
          raw_data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
        })),
        input: inputs.map(valueInfo),
        output: outputs.map(valueInfo),
      },
    }),
  ).finish()
}

const valueInfo = ({ name, type, dims }: OnnxValue) => ({
  name,
  type: {
    tensor_type: {
      elem_type: ELEMENT[type],
      shape: { dim: dims.map((dim) => (typeof dim === 'string' ? { dim_param: dim } : { dim_value: dim })) },
    },
  },
})
