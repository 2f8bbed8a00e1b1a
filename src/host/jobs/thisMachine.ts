import { unsupportedMachine, unsupportedText, type Machine } from '../../base/machine.ts';

/**
 * Why models cannot run on the machine of the extension host, one line; undefined where they can, as far as can be told
 * without trying. Some milliseconds on Linux, so asked only when a model is about to be needed.
 */
export function whyUnsupported(machine: () => Machine = thisMachine): string | undefined {
  const what = unsupportedMachine(machine());
  return what === undefined ? undefined : unsupportedText(what);
}

function thisMachine(): Machine {
  const { platform, arch, report } = process;
  if (platform !== 'linux') return { platform, arch };
  // Or it looks up the names of open connections, which takes seconds.
  const settings = report as typeof report & { excludeNetwork?: boolean };
  settings.excludeNetwork = true;
  const { header } = report.getReport() as unknown as { readonly header: { readonly glibcVersionRuntime?: string } };
  return { platform, arch, glibc: header.glibcVersionRuntime };
}
