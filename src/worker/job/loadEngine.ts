import { messageOf, UnsupportedMachineError } from '../../base/errors.ts';
import { unsupportedText } from '../../base/machine.ts';

/** What jobs are made of; see `engine.ts`. */
export type Engine = typeof import('./engine.ts');

/**
 * Loads the engine.
 * @throws UnsupportedMachineError where ONNX Runtime has nothing for this machine.
 */
export async function loadEngine(): Promise<Engine> {
  try {
    return await import('./engine.ts');
  } catch (thrown) {
    throw asUnsupported(thrown, `${process.platform}-${process.arch}`);
  }
}

/** What to throw in place of an error in loading: one line where the platform is at fault, else the error itself. */
export function asUnsupported(thrown: unknown, platform: string): unknown {
  const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined;
  const missing = code === 'MODULE_NOT_FOUND' || code === 'ERR_MODULE_NOT_FOUND';
  // A binding that is there and does not load: another C library, or a processor it was not built for.
  const unloadable = code === 'ERR_DLOPEN_FAILED' || /GLIBC|wrong ELF class|not a valid Win32/i.test(messageOf(thrown));
  if (!unloadable && !(missing && /onnxruntime/i.test(messageOf(thrown)))) return thrown;
  const reason = messageOf(thrown).split('\n')[0].trim();
  return new UnsupportedMachineError(`${unsupportedText(platform)} (${reason})`, { cause: thrown });
}
