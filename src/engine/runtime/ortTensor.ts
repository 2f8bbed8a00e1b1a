import * as ort from 'onnxruntime-node';
import type { HostBits, HostTensor } from './device.ts';

/** An ONNX Runtime tensor over the same memory. */
export function toOrt(tensor: HostTensor | HostBits): ort.Tensor {
  if (tensor.dtype === 'bool') return new ort.Tensor('bool', tensor.data, tensor.shape);
  return new ort.Tensor(tensor.dtype, tensor.data as Float32Array, tensor.shape);
}

/** A host tensor over an ONNX Runtime result. */
export function fromOrt(tensor: ort.Tensor): HostTensor {
  const dtype = tensor.type;
  if (dtype !== 'float32' && dtype !== 'int32' && dtype !== 'int64')
    throw new Error(`unexpected result of type ${dtype}`);
  return { dtype, shape: tensor.dims, data: tensor.data as HostTensor['data'] };
}
