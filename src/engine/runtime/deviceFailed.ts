import { messageOf, UserError } from '../../base/errors.ts';

/** A device that could not be opened, ran out of memory, or was lost in the middle of work. What it held is gone. */
export class DeviceFailedError extends UserError {
  constructor(
    /** For people: which device. */
    device: string,
    cause: unknown,
  ) {
    super(`${device} failed: ${reasonOf(cause)}; --device cpu computes on the processor.`, undefined, { cause });
    this.reason = reasonOf(cause);
    this.outOfMemory = memoryFailures.some((pattern) => pattern.test(messageOf(cause)));
  }

  /** What the device's driver or ONNX Runtime said, in one line. */
  readonly reason: string;
  /** Whether less at once might have gone well. What lay on the device is still there then. */
  readonly outOfMemory: boolean;
}

/** A device that cannot hold a model, whatever is done with it: an array of it is larger than the device takes. */
export class ModelTooLargeError extends DeviceFailedError {
  /**
   * @param neededBytes The largest array of the model.
   * @param limitBytes What the device takes, where it says so.
   */
  constructor(
    device: string,
    readonly neededBytes: number,
    readonly limitBytes: number | undefined,
    cause: unknown,
  ) {
    const limit = limitBytes === undefined ? 'which it cannot hold' : `and its limit is ${megabytes(limitBytes)}`;
    super(device, new Error(`the model has an array of ${megabytes(neededBytes)}, ${limit}`, { cause }));
  }
}

/**
 * What onnxruntime-node 1.30 says where memory ran out. Dawn reports it beside the call that failed, and what comes back
 * as an error is the first use of a buffer that was never made. An array above the adapter's limit gets smaller with
 * fewer rows, too.
 */
const memoryFailures = [
  /out of memory|OutOfMemory|OUT_OF_(HOST|DEVICE)_MEMORY/i,
  /\[Invalid Buffer\b/,
  /Failed to create GPU buffer/,
  /exceeds the max buffer size limit/,
  /larger than the maximum storage buffer binding size|exceeding maxStorageBufferBindingSize/,
  /Failed to allocate memory for requested buffer/,
  /CU(BLAS|DNN)_STATUS_ALLOC_FAILED/,
];

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(0)} MB`;
}

/** ONNX Runtime's messages name its source files and spread over lines; the last sentence of the first line says what it is. */
function reasonOf(cause: unknown): string {
  const [line = ''] = messageOf(cause).trim().split('\n');
  // A buffer that could not be made; that it is invalid says nothing to anybody.
  if (line.includes('[Invalid Buffer')) return 'out of memory';
  const said = /was false\.\s*(.+)$/.exec(line)?.[1] ?? line;
  return said
    .trim()
    .replace(/[.;]+$/, '')
    .slice(0, 200);
}
