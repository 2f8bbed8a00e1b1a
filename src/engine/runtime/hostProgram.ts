/** Graphs whose inputs and outputs lie in the host's memory, wherever they are computed. */
import type * as ort from 'onnxruntime-node';
import type { HostTensor, HostTensors, Program } from './device.ts';
import { fromOrt, toOrt } from './ortTensor.ts';

/** What is used of an ONNX Runtime session. */
export interface HostSession {
  /** @param fetches Outputs and where they land; null: ONNX Runtime allocates. Every output unless given. */
  run(
    feeds: Readonly<Record<string, ort.Tensor>>,
    fetches?: Readonly<Record<string, ort.Tensor | null>>,
  ): Promise<Readonly<Record<string, ort.Tensor>>>;
  release(): Promise<void>;
}

/** One graph in such a session. */
export class HostProgram implements Program {
  constructor(private readonly session: HostSession) {}

  async run(feeds: HostTensors): Promise<Record<string, HostTensor>> {
    const inputs = Object.fromEntries(Object.entries(feeds).map(([name, tensor]) => [name, toOrt(tensor)]));
    const results = await this.session.run(inputs);
    return Object.fromEntries(Object.entries(results).map(([name, tensor]) => [name, fromOrt(tensor)]));
  }

  release(): Promise<void> {
    return this.session.release();
  }
}
