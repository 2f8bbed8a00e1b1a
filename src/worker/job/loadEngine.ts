import { messageOf, UserError } from '../../base/errors.ts';

/** What jobs are made of; see `engine.ts`. */
export type Engine = typeof import('./engine.ts');

/**
 * Loads the engine.
 * @throws UserError where ONNX Runtime has nothing for this machine.
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
  return new UserError(
    `Models cannot run on this machine (${platform}): ONNX Runtime has no working build for it here. ` +
      `It runs on Linux x64 and arm64 with glibc 2.28 or newer, Windows x64 and arm64, and macOS on Apple silicon. (${reason})`,
    1,
    { cause: thrown },
  );
}
