/**
 * An error that is meant for the user: its message is one clear line that says what happened, where, and what to do.
 * Everything else that is thrown is a defect of ours. The command line prints `message` and exits with `exitCode`.
 */
export class UserError extends Error {
  /**
   * @param message One line, no trailing newline.
   * @param exitCode Process exit code of the command line: 1 failed, 2 wrong usage, 130 cancelled.
   */
  constructor(
    message: string,
    readonly exitCode: 1 | 2 | 130 = 1,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'UserError';
  }
}

/** Thrown where a job notices that its AbortSignal fired; all that is needed to resume was kept. */
export class CancelledError extends UserError {
  constructor(message = 'Cancelled; everything needed to resume was kept.') {
    super(message, 130);
    this.name = 'CancelledError';
  }
}

/** Thrown where models cannot run on this machine at all: no download and no second try helps. */
export class UnsupportedMachineError extends UserError {
  constructor(message: string, options?: ErrorOptions) {
    super(message, 1, options);
    this.name = 'UnsupportedMachineError';
  }
}

/** The text of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
