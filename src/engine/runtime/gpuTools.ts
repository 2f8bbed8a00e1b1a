import type { InferenceSession } from 'onnxruntime-node';
import { GpuSession, DeviceCounters, type GpuTensor } from './gpuSession.ts';
import {
  adamwConstants,
  adamwGraph,
  addGraph,
  constantsGraph,
  copyGraph,
  spreadRowsGraph,
  type AdamWConstant,
} from './updateGraphs.ts';

/** A parameter's value and both moments on the device. */
export interface ParameterTensors {
  readonly value: GpuTensor;
  readonly mean: GpuTensor;
  readonly variance: GpuTensor;
}

/** What a training on a GPU does beside running the model: one set of sessions, shared by all trainings of a device. */
export class GpuTools {
  private constructor(
    /** Of all trainings of the device. */
    readonly counters: DeviceCounters,
    private readonly sessions: Readonly<
      Record<'upload' | 'download' | 'add' | 'spread' | 'constants' | 'adamw' | 'adamwWithDecay', GpuSession>
    >,
  ) {}

  static async open(options: InferenceSession.SessionOptions): Promise<GpuTools> {
    const counters = new DeviceCounters();
    const onDevice = (): boolean => true;
    return new GpuTools(counters, {
      upload: await GpuSession.open(copyGraph(), options, counters, onDevice),
      download: await GpuSession.open(copyGraph(), options, counters),
      add: await GpuSession.open(addGraph(), options, counters, onDevice),
      spread: await GpuSession.open(spreadRowsGraph(), options, counters, onDevice),
      constants: await GpuSession.open(constantsGraph(), options, counters, onDevice),
      adamw: await GpuSession.open(adamwGraph(false), options, counters, onDevice),
      adamwWithDecay: await GpuSession.open(adamwGraph(true), options, counters, onDevice),
    });
  }

  /** Copies numbers to the device. */
  async upload(data: Float32Array): Promise<GpuTensor> {
    const { onDevice } = await this.sessions.upload.run({ x: { dtype: 'float32', shape: [data.length], data } });
    return onDevice['y']!;
  }

  /** Copies a tensor to the host. */
  async download(tensor: GpuTensor): Promise<Float32Array> {
    const { onHost } = await this.sessions.download.run({ x: tensor.as([elements(tensor)]) });
    return onHost['y']!.data as Float32Array;
  }

  /**
   * Waits until the device has done all it was given. A process that ends before that may crash on its way out (seen
   * with SwiftShader).
   */
  async drain(): Promise<void> {
    const mark = await this.upload(Float32Array.of(0));
    await this.download(mark);
    mark.dispose();
  }

  /** a + b, in place of both, which are disposed. */
  async add(a: GpuTensor, b: GpuTensor): Promise<GpuTensor> {
    const { onDevice } = await this.sessions.add.run({ a: a.as([elements(a)]), b: b.as([elements(b)]) });
    a.dispose();
    b.dispose();
    return onDevice['y']!;
  }

  /**
   * The gradient of a whole table, zero where no row was used, in place of `rows`, which is disposed.
   * @param rows [ids, width]
   * @param ids The table's row of each of `rows`; each occurs once.
   * @param tableRows Rows of the table.
   */
  async spread(rows: GpuTensor, ids: Int32Array, tableRows: number): Promise<GpuTensor> {
    const place = new Int32Array(tableRows);
    const used = new Float32Array(tableRows);
    ids.forEach((id, i) => {
      if (used[id] !== 0) throw new Error(`row ${String(id)} of a table occurs twice, or the table lacks it`);
      place[id] = i;
      used[id] = 1;
    });
    const { onDevice } = await this.sessions.spread.run({
      rows: rows.whole,
      place: { dtype: 'int32', shape: [tableRows], data: place },
      used: { dtype: 'float32', shape: [tableRows, 1], data: used },
    });
    rows.dispose();
    return onDevice['y']!;
  }

  /** Copies a step's constants to the device; dispose them after the step. */
  async constants(values: Readonly<Record<AdamWConstant, number>>): Promise<Readonly<Record<string, GpuTensor>>> {
    const data = Float32Array.from(adamwConstants, (name) => values[name]);
    const { onDevice } = await this.sessions.constants.run({
      constants: { dtype: 'float32', shape: [data.length], data },
    });
    return onDevice;
  }

  /** One AdamW step. The old tensors and the gradient are disposed; the new ones are flat. */
  async adamw(
    old: ParameterTensors,
    gradient: GpuTensor,
    constants: Readonly<Record<string, GpuTensor>>,
    decays: boolean,
  ): Promise<ParameterTensors> {
    const flat = [elements(old.value)];
    const session = decays ? this.sessions.adamwWithDecay : this.sessions.adamw;
    const fed = adamwConstants.filter((name) => decays || name !== 'decay');
    const { onDevice } = await session.run({
      value: old.value.as(flat),
      mean: old.mean.as(flat),
      variance: old.variance.as(flat),
      gradient: gradient.as(flat),
      ...Object.fromEntries(fed.map((name) => [name, constants[name]!.whole])),
    });
    for (const tensor of [old.value, old.mean, old.variance, gradient]) tensor.dispose();
    return { value: onDevice['new value']!, mean: onDevice['new mean']!, variance: onDevice['new variance']! };
  }
}

function elements(tensor: GpuTensor): number {
  return tensor.shape.reduce((a, b) => a * b, 1);
}
