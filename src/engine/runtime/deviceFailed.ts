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
  }

  /** What the device's driver or ONNX Runtime said, in one line. */
  readonly reason: string;
}

/** ONNX Runtime's messages name its source files and spread over lines; the last sentence of the first line says what it is. */
function reasonOf(cause: unknown): string {
  const [line = ''] = messageOf(cause).trim().split('\n');
  const said = /was false\.\s*(.+)$/.exec(line)?.[1] ?? line;
  return said
    .trim()
    .replace(/[.;]+$/, '')
    .slice(0, 200);
}
