import { UserError } from '../../base/errors.ts';

/** A loss, or its gradient, that is not a number: names the rows of the batch it happened in. */
export class NonFiniteLossError extends UserError {
  constructor(
    step: number,
    /** Indices of the batch's rows whose own loss is not finite, or all of them where none is to blame alone. */
    readonly rows: readonly number[],
    what: 'loss' | 'gradient' = 'loss',
  ) {
    super(
      `training stopped at step ${String(step)}: the ${what} is not a finite number for rows ${rows.slice(0, 10).join(', ')}; ` +
        'try a lower learning rate (--lr).',
    );
  }
}
