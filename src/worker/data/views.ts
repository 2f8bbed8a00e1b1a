/** Orders of rows that queries made: what `rows`, `place` and bulk targets refer to by number. */
import { UserError } from '../../base/errors.ts';
import type { WeightControls } from '../../protocol/data.ts';
import type { DatasetState } from './dataset.ts';

export interface View {
  /** Rows in the order of the screen. */
  readonly order: Int32Array;
  readonly controls: WeightControls;
}

interface KeptView extends View {
  readonly numbering: object;
}

/** At least so many are kept, so that two clients do not take each other's away … */
const fewest = 4;
/** … and more, up to so many row numbers in all. */
const mostNumbers = 8_000_000;

export class Views {
  readonly #views = new Map<number, KeptView>();
  #next = 1;

  /** @returns The view's number. */
  add({ numbering }: DatasetState, view: View): number {
    const id = this.#next++;
    this.#views.set(id, { ...view, numbering });
    let numbers = 0;
    [...this.#views].reverse().forEach(([key, { order }], age) => {
      numbers += order.length;
      if (age >= fewest && numbers > mostNumbers) this.#views.delete(key);
    });
    return id;
  }

  /** @throws UserError where the view is gone, or from before rows got other numbers. */
  get({ numbering }: DatasetState, id: number): View {
    const view = this.#views.get(id);
    if (view === undefined || view.numbering !== numbering) {
      throw new UserError('The rows have changed since this list was made; it has to be asked for again.');
    }
    return view;
  }
}
