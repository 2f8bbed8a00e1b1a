import type { Attribute, Constant, DType, Graph, Node, Shape, Value } from './graph.ts';
import { ProtobufWriter } from './protobuf.ts';

/** TensorProto.DataType of the ONNX specification. */
const dataType: Record<DType, number> = { float32: 1, uint8: 2, int32: 6, int64: 7, bool: 9, float16: 10 };

/** Operator set of the standard operators; 17 is the first with LayerNormalization. */
const opset = 17;

/**
 * Serialises a graph as an ONNX ModelProto.
 * Field numbers are those of onnx.proto (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto).
 */
export function serialize(graph: Graph): Uint8Array {
  const body = new ProtobufWriter();
  for (const node of graph.nodes) body.message(1, nodeProto(node));
  body.string(2, 'counterweight');
  for (const constant of graph.constants) body.message(5, tensorProto(constant));
  for (const input of graph.inputs) body.message(11, valueInfo(input));
  for (const output of graph.outputs) body.message(12, valueInfo(output));

  return new ProtobufWriter()
    .int(1, 8) // IR version of ONNX 1.13, which carries opset 17
    .string(2, 'counterweight')
    .message(7, body)
    .message(8, new ProtobufWriter().string(1, '').int(2, opset))
    .message(8, new ProtobufWriter().string(1, 'com.microsoft').int(2, 1))
    .finish();
}

function nodeProto(node: Node): ProtobufWriter {
  const proto = new ProtobufWriter();
  for (const input of node.inputs) proto.string(1, input);
  for (const output of node.outputs) proto.string(2, output);
  proto.string(3, node.outputs[0] ?? '').string(4, node.opType);
  for (const [name, value] of Object.entries(node.attributes)) proto.message(5, attributeProto(name, value));
  if (node.domain !== '') proto.string(7, node.domain);
  return proto;
}

function attributeProto(name: string, value: Attribute): ProtobufWriter {
  const proto = new ProtobufWriter().string(1, name);
  if (typeof value === 'number') return proto.int(3, value).int(20, 2);
  if (typeof value === 'string') return proto.string(4, value).int(20, 3);
  if ('float' in value) return proto.float(2, value.float).int(20, 1);
  for (const x of value) proto.int(8, x);
  return proto.int(20, 7);
}

function tensorProto({ value, data }: Constant): ProtobufWriter {
  return new ProtobufWriter()
    .packedInts(1, value.shape as readonly number[])
    .int(2, dataType[value.dtype])
    .string(8, value.name)
    .bytes(9, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
}

function valueInfo(value: Value): ProtobufWriter {
  const tensorType = new ProtobufWriter().int(1, dataType[value.dtype]).message(2, shapeProto(value.shape));
  return new ProtobufWriter().string(1, value.name).message(2, new ProtobufWriter().message(1, tensorType));
}

function shapeProto(shape: Shape): ProtobufWriter {
  const proto = new ProtobufWriter();
  for (const dim of shape) {
    proto.message(1, typeof dim === 'number' ? new ProtobufWriter().int(1, dim) : new ProtobufWriter().string(2, dim));
  }
  return proto;
}
