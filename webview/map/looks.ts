/**
 * How points look: a colour and a shape for each kind, so that neither colour-blindness nor a theme of two colours takes the
 * difference away. The colours are those of Okabe and Ito ("Color Universal Design", 2008), lighter on dark grounds.
 */
import type { Verdict } from '../../src/core/weighting/verdicts.ts';
import { formatWeight } from '../../src/core/table/format.ts';
import { t } from '../shared/l10n.ts';
import { visible } from '../shared/visibleText.ts';
import { verdictLook, verdictOrder } from '../weights/verdictLooks.ts';
import type { ColourBy, Points } from './points.ts';

export const shapes = ['circle', 'triangle', 'square', 'wedge', 'cross', 'plus'] as const;
export type Shape = (typeof shapes)[number] | 'diamond';

/** A kind of point: what the legend says, and what marks it. */
export interface Kind {
  readonly name: string;
  readonly colour: string;
  readonly shape: Shape;
  /** Radius, pixels. */
  readonly size: number;
  /** Drawn with an outline in the colour of text. */
  readonly outlined?: boolean;
}

/** The kinds of a map, and the kind of each point. */
export interface Kinds {
  readonly kinds: readonly Kind[];
  /** [points] index in `kinds`. */
  readonly kindOf: Uint16Array;
  /** How many points each kind has. */
  readonly counts: Int32Array;
}

/** What of the theme the canvas needs; it does not follow style sheets by itself. */
export interface Palette {
  readonly dark: boolean;
  readonly foreground: string;
  readonly background: string;
  readonly muted: string;
  readonly line: string;
}

export function readPalette(body: HTMLElement): Palette {
  const style = getComputedStyle(body);
  const of = (name: string, otherwise: string): string => style.getPropertyValue(name).trim() || otherwise;
  const { themeKind } = { themeKind: body.dataset['vscodeThemeKind'] ?? '' };
  const dark = themeKind === 'vscode-dark' || themeKind === 'vscode-high-contrast';
  const foreground = of('--vscode-foreground', style.color);
  return {
    ...{ dark, foreground },
    background: of('--vscode-editor-background', dark ? '#1f1f1f' : '#ffffff'),
    muted: of('--vscode-descriptionForeground', foreground),
    line: of('--vscode-contrastBorder', of('--vscode-panel-border', foreground)),
  };
}

const colours = {
  dark: ['#56b4e9', '#e69f00', '#2fc9a0', '#f0e442', '#dd8fbd', '#ff8c4b', '#8fb4ff'],
  light: ['#0072b2', '#b45f00', '#007a5a', '#7d6b00', '#a3477f', '#c03d00', '#3f56b5'],
} as const;

function colourAt({ dark }: Palette, i: number): string {
  const all = colours[dark ? 'dark' : 'light'];
  return all[i % all.length];
}

/** Seven colours times six shapes before two kinds look alike. */
function shapeAt(i: number): Shape {
  return shapes[i % shapes.length];
}

/** log₁₀ weight at which the colours end. */
const weightSteps = [0.03, 0.1, 0.3, 0.7, 1.4, 3, 10] as const;

/** Puts every point to a kind. @param correctness [points], for the map of a training. */
export function kindsOf(
  points: Points,
  by: ColourBy,
  palette: Palette,
  preview: boolean,
  correctness?: Float32Array,
): Kinds {
  const { count, firstReal, labels, verdicts, weights, labelNames, verdictNames } = points;
  const kindOf = new Uint16Array(count);
  let kinds: Kind[];
  const none: Kind = { name: t('not scored'), colour: palette.muted, shape: 'plus', size: 2 };
  switch (by) {
    case 'label':
      kinds = labelNames.map((name, i) => ({
        name: visible(name),
        colour: colourAt(palette, i),
        shape: shapeAt(i),
        size: 3,
      }));
      kinds.push({ ...none, name: t('no label') });
      for (let i = 0; i < firstReal; i++) kindOf[i] = labels[i] < 0 ? kinds.length - 1 : labels[i];
      break;
    case 'verdict': {
      const order = verdictOrder.filter((verdict) => verdictNames.includes(verdict));
      kinds = order.map((verdict, i) => verdictKind(verdict, i, palette, preview));
      kinds.push(none);
      const idOf = verdictNames.map((verdict) => order.indexOf(verdict));
      for (let i = 0; i < firstReal; i++) kindOf[i] = verdicts[i] < 0 ? kinds.length - 1 : idOf[verdicts[i]];
      break;
    }
    case 'weight':
      kinds = [...weightSteps.keys(), weightSteps.length].map((i) => weightKind(i, palette));
      kinds.push(none);
      for (let i = 0; i < firstReal; i++) {
        kindOf[i] = Number.isNaN(weights[i])
          ? kinds.length - 1
          : weightSteps.filter((step) => weights[i] >= step).length;
      }
      break;
    case 'correctness':
      kinds = correctnessKinds(palette);
      for (let i = 0; i < firstReal; i++) {
        const right = correctness?.[i] ?? NaN;
        kindOf[i] = right === 1 ? 0 : right === 0 ? 3 : right >= 0.5 ? 1 : 2;
      }
      break;
  }
  // Real rows have a mark of their own, in the colour of their label where labels are what colours say.
  const firstRealKind = kinds.length;
  const realKind = (name: string, colour: string): Kind => ({
    name,
    colour,
    shape: 'diamond',
    size: 5,
    outlined: true,
  });
  if (by === 'label') {
    kinds.push(...labelNames.map((name, i) => realKind(t('real: {0}', visible(name)), colourAt(palette, i))));
  }
  kinds.push(realKind(t('real rows'), palette.background));
  for (let i = firstReal; i < count; i++) {
    kindOf[i] = by === 'label' && labels[i] >= 0 ? firstRealKind + labels[i] : kinds.length - 1;
  }
  const counts = new Int32Array(kinds.length);
  for (const kind of kindOf) counts[kind]++;
  return { kinds, kindOf, counts };
}

function verdictKind(verdict: Verdict, i: number, palette: Palette, preview: boolean): Kind {
  const { word } = verdictLook(verdict, preview);
  // What asks for nothing stays back.
  if (verdict === 'ok') return { name: word, colour: palette.muted, shape: 'circle', size: 2 };
  return { name: word, colour: colourAt(palette, [5, 4, 3, 0][i] ?? i), shape: shapeAt(i + 1), size: 3.5 };
}

/** Light weights orange, heavy ones blue, those near 1 grey; and the heavier the larger. */
function weightKind(i: number, palette: Palette): Kind {
  const last = weightSteps.length;
  const middle = last / 2;
  const end = colourAt(palette, i < middle ? 5 : 0);
  const share = Math.min(1, Math.abs(i - middle) / (middle - 0.5));
  const name =
    i === 0
      ? t('weight below {0}', formatWeight(weightSteps[0]))
      : i === last
        ? t('weight from {0}', formatWeight(weightSteps[last - 1]))
        : t('weight {0} to {1}', formatWeight(weightSteps[i - 1]), formatWeight(weightSteps[i]));
  return {
    name,
    colour: mixed(end, palette.muted, share),
    shape: i < middle ? 'wedge' : 'triangle',
    size: 1.8 + 0.45 * i,
  };
}

function correctnessKinds(palette: Palette): Kind[] {
  return [
    { name: t('right in every epoch'), colour: colourAt(palette, 0), shape: 'circle', size: 2.5 },
    { name: t('right in half of them or more'), colour: colourAt(palette, 2), shape: 'square', size: 3 },
    { name: t('right in less than half of them'), colour: colourAt(palette, 1), shape: 'triangle', size: 3.5 },
    { name: t('never right'), colour: colourAt(palette, 5), shape: 'cross', size: 3.5 },
  ];
}

/** Between two colours; `share` of the first. Colours of themes may have any form: the browser mixes them. */
function mixed(a: string, b: string, share: number): string {
  return `color-mix(in srgb, ${a} ${String(Math.round(100 * share))}%, ${b})`;
}
