import type { PanelApi, PanelEvents } from '../../src/protocol/panel.ts';
import type { Client } from '../../src/protocol/rpc.ts';
import { Latest } from './latest.ts';
import type { Model } from './model.ts';
import { mergeOccasions, type Occasion } from './occasions.ts';
import { orderOf } from './rankBy.ts';
import type { Rows } from './rows.ts';

type Params = PanelApi['query']['params'];
type Result = PanelApi['query']['result'];

export interface QueryEvents {
  /** Numbers are there; rows may still be those of before. */
  readonly answered: () => void;
  /** The answer's rows are about to be shown. @returns What to do once they are. */
  readonly showing: (occasion: Occasion, params: Params) => () => void;
  /** After the last wish was dealt with. */
  readonly settled: () => void;
  readonly failed: (thrown: unknown) => void;
}

/** Asks which rows match and in which order, one question at a time, and has the list show the answer to the newest. */
export class RowQueries {
  readonly #model: Model;
  readonly #rows: Rows;
  readonly #events: QueryEvents;
  readonly #queries: Latest<Params, Result>;
  /** Why the answer that is waited for was asked for. */
  #occasion: Occasion | undefined;

  constructor(client: Client<PanelApi, PanelEvents>, model: Model, rows: Rows, events: QueryEvents) {
    this.#model = model;
    this.#rows = rows;
    this.#events = events;
    this.#queries = new Latest(
      (params) => client.call('query', params),
      (result, params, newest) => this.#answered(result, params, newest),
      events.failed,
      events.settled,
    );
  }

  /** Whether an answer is waited for. */
  get pending(): boolean {
    return this.#queries.pending;
  }

  /**
   * Asks for the rows that match, unless a newer wish comes first.
   *
   * @param filter That can be read.
   */
  ask(occasion: Occasion, filter: string, delay: number): void {
    this.#occasion = mergeOccasions(this.#occasion, occasion);
    const { view, state, controls } = this.#model;
    const { verdicts, labels, brush, sort } = view.now;
    this.#queries.request(
      {
        filter,
        verdicts: verdicts.length === 0 ? undefined : verdicts,
        labels: labels.length === 0 ? undefined : labels,
        brush,
        sort: orderOf(sort, state?.run),
        controls: controls.now,
      },
      delay,
    );
  }

  async #answered(result: Result, params: Params, newest: boolean): Promise<void> {
    const model = this.#model;
    model.result = result;
    if (newest) model.preview = model.state?.run?.effort === 'preview';
    // While a slider moves, numbers and histogram follow at once; rows when there is time for them.
    this.#events.answered();
    if (!newest) return;
    const occasion = this.#occasion ?? { kind: 'revision' };
    this.#occasion = undefined;
    const isCurrent = (): boolean => !this.#queries.superseded;
    const shown = this.#events.showing(occasion, params);
    await this.#rows.show(result, params.sort, occasion, isCurrent);
    if (!isCurrent()) {
      this.#occasion = mergeOccasions(occasion, this.#occasion);
      return;
    }
    model.numbering = result.numbering;
    shown();
  }
}
