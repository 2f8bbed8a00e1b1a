/**
 * Messages name options of the command line, where scoring was born; in the editor their settings are what a user can
 * change. The messages are kept in runs, so the words are changed where they are shown.
 */

/** Settings by the option of the command line that means the same. */
const settings: Readonly<Record<string, string>> = {
  'text-field': 'textField',
  'text-pair-field': 'textPairField',
  'label-field': 'labelField',
  'label-map': 'labelMap',
  gamma: 'gamma',
  'clip-max': 'clipMax',
  model: 'model',
  effort: 'effort',
  device: 'device',
  threads: 'threads',
};

/** Labels that `--label-map` is to map; in the setting they are members of an object. */
const mapped = /\bpass --label-map (?:"([^"=]+)=([^"=]+)"|([\p{L}\p{N}_-]+)=([\p{L}\p{N}_-]+))/gu;

/** An option, with the verb that goes with options only; not inside a word, as a dash between dashes. */
const option = /(\bpass )?(?<![\p{L}\p{N}-])--([a-z]+(?:-[a-z]+)*)(?![\p{L}\p{N}-])/gu;

/**
 * A message with the settings of the extension in place of options: `Fix it or pass --label-map` becomes
 * `Fix it or set counterweight.labelMap`. Where an option has no setting, it is said whose it is.
 */
export function editorWords(message: string): string {
  const labels = (_: string, ...[longFrom, longTo, from, to]: readonly (string | undefined)[]): string =>
    `set counterweight.labelMap to ${JSON.stringify({ [longFrom ?? from ?? '']: longTo ?? to })}`;
  return message
    .replace(mapped, labels)
    .replace(option, (_, verb: string | undefined, name: string) =>
      Object.hasOwn(settings, name)
        ? `${verb === undefined ? '' : 'set '}counterweight.${settings[name]}`
        : `${verb ?? ''}--${name} of the command line`,
    );
}
