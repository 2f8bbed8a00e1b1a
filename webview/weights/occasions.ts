/** Why rows are shown anew; decides what stays where it is. */
export type Occasion =
  /** The user asked for other rows or another order. */
  | { readonly kind: 'filter' | 'sort' | 'controls' }
  /** Scores, labels or decisions changed by themselves. */
  | { readonly kind: 'revision' }
  /** The user's action on rows changed them. */
  | {
      readonly kind: 'act';
      readonly rows: readonly number[] | 'view';
      readonly removes: boolean;
      /** It turned out that the action changed nothing: something else did. */
      readonly isVoid: () => boolean;
    }
  /** The panel was hidden and is here again. */
  | {
      readonly kind: 'restore';
      readonly anchor?: { readonly row: number; readonly offset: number };
      readonly lead?: number;
    };

/** How much an occasion decides, least first. */
const weights: Readonly<Record<Occasion['kind'], number>> = {
  controls: 0,
  revision: 1,
  filter: 2,
  sort: 3,
  act: 4,
  restore: 5,
};

/** The occasion that counts where the first was not yet dealt with when the second came. */
export function mergeOccasions(first: Occasion | undefined, second: Occasion | undefined): Occasion | undefined {
  if (first === undefined || second === undefined) return second ?? first;
  return weights[second.kind] >= weights[first.kind] ? second : first;
}
