/**
 * Whether a GPU takes an array of the size that a model needs. onnxruntime-node 1.30 asks for all that the adapter offers
 * (its `maxBufferSize` and `maxStorageBufferBindingSize`), binds what is larger than one binding in pieces, and tells
 * neither number: so the array is made, once, and read from. Where it is too large, Dawn's refusal names the limit. That is
 * also the one way to learn the limit itself: {@link askForTooMuch}.
 */
import { Graph } from '../graph/graph.ts';
import type { TrainingGraph } from '../training/trainingGraph.ts';
import type { HostTensors } from './device.ts';
import { DeviceFailedError, ModelTooLargeError } from './deviceFailed.ts';
import { DeviceCounters, GpuSession } from './gpuSession.ts';
import { elementsOf, packParameters } from './packs.ts';
import { sessionOptions } from './webgpuOptions.ts';

/** Every WebGPU adapter binds arrays of so many bytes (its default `maxStorageBufferBindingSize`); nothing is tried then. */
export const heldByAll = 2 ** 27;

/**
 * Bytes of the largest array that a training needs: of a parameter, a pack of them, or the whole word table, which the
 * training itself may have pruned but every forward pass of the same model takes.
 */
export function largestInTraining({ parameters, config }: TrainingGraph): number {
  const packs = packParameters(parameters).map(({ elements }) => elements);
  return 4 * Math.max(...packs, config.vocabularySize * config.embeddingSize);
}

/** Bytes of the largest array among a graph's constants, and inputs whose size is known. */
export function largestInGraph({ constants, inputs }: Graph): number {
  const fixed = inputs.flatMap(({ shape }) => {
    const sizes = shape.filter((dim) => typeof dim === 'number');
    return sizes.length === shape.length ? [4 * elementsOf({ shape: sizes })] : [];
  });
  return [...constants.map(({ data }) => data.byteLength), ...fixed].reduce((a, b) => Math.max(a, b), 0);
}

/**
 * Makes an array of so many bytes on the GPU and reads from it.
 * @param device For people: which device.
 * @throws ModelTooLargeError where that does not go well, with the limit where it is known.
 */
export async function tryArray(bytes: number, device: string): Promise<void> {
  const length = Math.ceil(bytes / 4);
  const session = await GpuSession.open(filledArray(), sessionOptions, new DeviceCounters());
  const filling = 3;
  const attempt = async (): Promise<'held' | 'wrong' | DeviceFailedError> => {
    try {
      const { onHost } = await session.run(filled(filling, length, [0, length >> 1, length - 1]));
      return onHost['found']!.data.every((x) => x === filling) ? 'held' : 'wrong';
    } catch (thrown) {
      if (!(thrown instanceof DeviceFailedError) || !isAboutSize(thrown)) throw thrown;
      return thrown;
    }
  };
  try {
    let outcome = await attempt();
    // The first failure of a device may be told as out of memory; the second names the limit, and costs nothing.
    if (outcome instanceof DeviceFailedError && limitIn(outcome.reason) === undefined) outcome = await attempt();
    if (outcome === 'held') return;
    const [limit, cause] = outcome === 'wrong' ? [] : [limitIn(outcome.reason), outcome];
    throw new ModelTooLargeError(device, bytes, limit, cause);
  } finally {
    await session.release();
  }
}

/** An array filled with one number, and what is found at some places of it. */
function filledArray(): Graph {
  const g = new Graph();
  const filling = g.input('filling', 'float32', [1]);
  const length = g.input('length', 'int64', [1]);
  const places = g.input('places', 'int32', [3]);
  const array = g.op('Expand', [filling, length], { dtype: 'float32', shape: ['length'] });
  g.output('found', g.op('Gather', [array, places], { dtype: 'float32', shape: [3] }, { axis: 0 }));
  return g;
}

/** What {@link filledArray} is fed. */
function filled(filling: number, length: number, places: readonly number[] = [0, 0, 0]): HostTensors {
  return {
    filling: { dtype: 'float32', shape: [1], data: Float32Array.of(filling) },
    length: { dtype: 'int64', shape: [1], data: BigInt64Array.of(BigInt(length)) },
    places: { dtype: 'int32', shape: [3], data: Int32Array.from(places) },
  };
}

/** Out of memory, or cut into more pieces than a kernel can be given. */
function isAboutSize({ outOfMemory, reason }: DeviceFailedError): boolean {
  return outOfMemory || reason.includes('Too many storage buffers');
}

/** 16 TiB: above what any adapter says of its largest buffer. */
const tooMuch = 2 ** 44;

/**
 * Asks the GPU for an array that it must refuse, so that Dawn logs the limit, for {@link limitIn} to find. Nothing of that
 * size is made: Dawn holds the size against the limit before it asks the driver, if it validates (by default onnxruntime-node
 * 1.30 lets the driver refuse first, and drops what Dawn says), and the host only gives the length. In a process of its own:
 * how a GPU is validated is settled by the first session of a process.
 */
export async function askForTooMuch(): Promise<void> {
  const options = { ...sessionOptions, executionProviders: [{ name: 'webgpu', validationMode: 'wgpuOnly' } as const] };
  const session = await GpuSession.open(filledArray(), options, new DeviceCounters());
  try {
    await session.run(filled(0, tooMuch / 4));
  } catch (thrown) {
    // ONNX Runtime gives up on the length later, in words of its own; what Dawn said is in the log.
    if (!(thrown instanceof DeviceFailedError)) throw thrown;
  } finally {
    await session.release();
  }
}

/** The limit that Dawn names when it refuses to make a buffer. */
export function limitIn(reason: string): number | undefined {
  const found = /exceeds the max buffer size limit \((\d+)\)/.exec(reason)?.[1];
  return found === undefined ? undefined : Number(found);
}
