import type { Kind, Palette, Shape } from './looks.ts';

/** A mark drawn once, to be stamped for every point of its kind: a canvas draws pictures faster than paths. */
export interface Stamp {
  readonly picture: HTMLCanvasElement;
  /** Half its width, CSS pixels. */
  readonly half: number;
}

/** The stamp of a kind. @param ratio Device pixels of a CSS pixel. */
export function stampOf(kind: Kind, palette: Palette, ratio: number, larger = 0): Stamp {
  const size = kind.size + larger;
  const half = Math.ceil(size + 2);
  const picture = document.createElement('canvas');
  picture.width = picture.height = Math.ceil(2 * half * ratio);
  const context = picture.getContext('2d');
  if (context !== null) {
    context.scale(ratio, ratio);
    drawMark(context, { ...kind, size }, palette, half, half, larger > 0);
  }
  return { picture, half };
}

/** Draws one mark. */
export function drawMark(
  context: CanvasRenderingContext2D,
  { shape, colour, size, outlined }: Kind,
  palette: Palette,
  x: number,
  y: number,
  chosen = false,
): void {
  context.beginPath();
  trace(context, shape, x, y, size);
  const isLine = shape === 'cross' || shape === 'plus';
  if (isLine) {
    context.lineWidth = Math.max(1.4, size / 2);
    context.strokeStyle = colour;
    context.stroke();
    return;
  }
  context.fillStyle = colour;
  context.fill();
  if (!outlined && !chosen) return;
  context.lineWidth = outlined ? 1.6 : 1;
  context.strokeStyle = palette.foreground;
  context.stroke();
}

function trace(context: CanvasRenderingContext2D, shape: Shape, x: number, y: number, r: number): void {
  const line = (...corners: readonly (readonly [number, number])[]): void => {
    corners.forEach(([dx, dy], i) => {
      if (i === 0) context.moveTo(x + dx * r, y + dy * r);
      else context.lineTo(x + dx * r, y + dy * r);
    });
  };
  switch (shape) {
    case 'circle':
      context.arc(x, y, r, 0, 2 * Math.PI);
      return;
    case 'square':
      context.rect(x - 0.88 * r, y - 0.88 * r, 1.76 * r, 1.76 * r);
      return;
    case 'triangle':
      line([0, -1.2], [1.1, 0.8], [-1.1, 0.8]);
      context.closePath();
      return;
    case 'wedge':
      line([0, 1.2], [1.1, -0.8], [-1.1, -0.8]);
      context.closePath();
      return;
    case 'diamond':
      line([0, -1.2], [1.2, 0], [0, 1.2], [-1.2, 0]);
      context.closePath();
      return;
    case 'cross':
      line([-0.9, -0.9], [0.9, 0.9]);
      line([0.9, -0.9], [-0.9, 0.9]);
      return;
    case 'plus':
      line([0, -1.1], [0, 1.1]);
      line([-1.1, 0], [1.1, 0]);
  }
}
