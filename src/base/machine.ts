/** Where models can run at all: ONNX Runtime's npm package carries native files for these machines and no others. Pure. */

/** What a process says of the machine it runs on. */
export interface Machine {
  /** As `process.platform` and `process.arch`. */
  readonly platform: string;
  readonly arch: string;
  /** On Linux: the version of glibc it is linked with, e.g. "2.36"; undefined with another C library, such as musl. */
  readonly glibc?: string;
}

/** In words, for a sentence that begins "It runs on". */
export const supportedMachines =
  'Linux x64 and arm64 with glibc 2.28 or newer, Windows x64 and arm64, and macOS on Apple silicon';

/** What to do on any other machine, a sentence. */
export const otherMachine =
  'Use such a machine, or open the folder on one with the Remote - SSH, WSL or Dev Containers extension; ' +
  'the command line runs there too.';

const leastGlibc = [2, 28] as const;

/** What keeps models from running here, a few words; undefined where nothing does. */
export function unsupportedMachine({ platform, arch, glibc }: Machine): string | undefined {
  const known = platform === 'linux' || platform === 'win32' ? arch === 'x64' || arch === 'arm64' : arch === 'arm64';
  if (!known || !['linux', 'win32', 'darwin'].includes(platform)) return `${platform}-${arch}`;
  if (platform !== 'linux') return undefined;
  if (glibc === undefined) return `${platform}-${arch}, no glibc`;
  const [major = 0, minor = 0] = glibc.split('.').map(Number);
  const enough = major > leastGlibc[0] || (major === leastGlibc[0] && minor >= leastGlibc[1]);
  return enough ? undefined : `${platform}-${arch}, glibc ${glibc}`;
}

/** One line for the user. @param what The machine in a few words, see {@link unsupportedMachine}. */
export function unsupportedText(what: string): string {
  return (
    `Models cannot run on this machine (${what}): ONNX Runtime has no working build for it here. ` +
    `It runs on ${supportedMachines}. ${otherMachine}`
  );
}
