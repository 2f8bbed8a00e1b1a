import { apply, h } from './dom.ts';

export interface SplitterOptions {
  readonly label: string;
  /** Size of the part after the splitter, pixels; the vertical line divides left from right. */
  readonly orientation: () => 'vertical' | 'horizontal';
  readonly size: () => number;
  /** Bounds of the size. */
  readonly bounds: () => readonly [number, number];
  readonly resized: (size: number) => void;
}

/** A line between two parts that can be dragged, or moved with the arrow keys. */
export function splitter(options: SplitterOptions): HTMLElement {
  const set = (size: number): void => {
    const [least, most] = options.bounds();
    options.resized(Math.round(Math.min(Math.max(size, least), Math.max(least, most))));
    describe();
  };
  const element = h('div', {
    class: 'splitter',
    role: 'separator',
    tabindex: 0,
    'aria-label': options.label,
    onfocus: () => {
      describe();
    },
    onkeydown: (event: KeyboardEvent) => {
      const by = { ArrowLeft: 16, ArrowUp: 16, ArrowRight: -16, ArrowDown: -16 }[event.key];
      if (by === undefined) return;
      event.preventDefault();
      event.stopPropagation();
      set(options.size() + by);
    },
    onpointerdown: (down: PointerEvent) => {
      if (down.button !== 0) return;
      const vertical = options.orientation() === 'vertical';
      const start = vertical ? down.clientX : down.clientY;
      const size = options.size();
      element.setPointerCapture(down.pointerId);
      element.classList.add('dragged');
      const move = (event: PointerEvent): void => {
        set(size + start - (vertical ? event.clientX : event.clientY));
      };
      const end = (): void => {
        element.classList.remove('dragged');
        element.removeEventListener('pointermove', move);
        element.removeEventListener('pointerup', end);
        element.removeEventListener('pointercancel', end);
      };
      element.addEventListener('pointermove', move);
      element.addEventListener('pointerup', end);
      element.addEventListener('pointercancel', end);
    },
  });
  const describe = (): void => {
    const [least, most] = options.bounds();
    apply(element, {
      'aria-orientation': options.orientation(),
      'aria-valuenow': Math.round(options.size()),
      'aria-valuemin': least,
      'aria-valuemax': Math.max(least, most),
    });
  };
  describe();
  return element;
}
