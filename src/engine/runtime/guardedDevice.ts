import type { Graph } from '../graph/graph.ts';
import type { Device, HostTensor, HostTensors, Program, Remarks } from './device.ts';
import { DeviceFailedError } from './deviceFailed.ts';

/**
 * A device that another one stands in for, from the moment it fails. Forward passes are simply done again there. A
 * training fails with DeviceFailedError, since its weights are gone: whoever holds a checkpoint starts it again from
 * there; see {@link withStandIn}.
 * @param onFailure Told once, when the other device takes over. What it throws is thrown in place of going on there.
 * @param remarks Where what happens to the device is told.
 */
export function guardedDevice(
  first: Device,
  standIn: () => Device,
  onFailure: (error: DeviceFailedError, standIn: Device) => void,
  remarks?: Remarks,
): Device {
  let current = first;
  const giveUp = (error: DeviceFailedError): void => {
    // What still lay on the first device fails after it was given up: nothing new.
    if (current !== first) return;
    const next = standIn();
    onFailure(error, next);
    current = next;
  };
  return {
    remarks,
    get kind() {
      return current.kind;
    },
    get name() {
      return current.name;
    },
    get threads() {
      return current.threads;
    },
    get precision() {
      return current.precision;
    },
    load: async (graph) => {
      const open = new GuardedProgram(graph, () => current, giveUp);
      await open.program();
      return open;
    },
    train: (graph, initial) => current.train(graph, initial),
    giveUp,
  };
}

/** Does work that starts from what the caller holds; once more on the stand-in where the device fails in the middle. */
export async function withStandIn<T>(device: Device, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    if (!(thrown instanceof DeviceFailedError) || device.giveUp === undefined) throw thrown;
    device.giveUp(thrown);
    return work();
  }
}

class GuardedProgram implements Program {
  private loaded?: { readonly device: Device; readonly program: Program };

  constructor(
    private readonly graph: Graph,
    private readonly device: () => Device,
    private readonly giveUp: (error: DeviceFailedError) => void,
  ) {}

  /** The program on the device that works now. */
  async program(): Promise<Program> {
    const device = this.device();
    if (this.loaded?.device !== device) {
      this.loaded = await this.retrying(async () => ({
        device: this.device(),
        program: await this.device().load(this.graph),
      }));
    }
    return this.loaded.program;
  }

  run(feeds: HostTensors, { mayBeCut = false } = {}): Promise<Record<string, HostTensor>> {
    return this.retrying(async () => (await this.program()).run(feeds), mayBeCut);
  }

  async release(): Promise<void> {
    await this.loaded?.program.release();
  }

  private async retrying<T>(work: () => Promise<T>, mayBeCut = false): Promise<T> {
    const device = this.device();
    try {
      return await work();
    } catch (thrown) {
      if (!(thrown instanceof DeviceFailedError) || (mayBeCut && thrown.outOfMemory)) throw thrown;
      // Another program may have found out first.
      if (this.device() === device) this.giveUp(thrown);
      return work();
    }
  }
}
