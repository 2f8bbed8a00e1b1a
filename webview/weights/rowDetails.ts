import type { RowActionId } from '../../src/core/table/actions.ts';
import type { Neighbour, RowDetails, WeightControls } from '../../src/protocol/data.ts';
import type { PanelApi, PanelEvents } from '../../src/protocol/panel.ts';
import type { Client } from '../../src/protocol/rpc.ts';
import { Details } from './details.ts';
import { lineOf } from './faults.ts';
import { Latest } from './latest.ts';
import type { Model } from './model.ts';
import type { Rows } from './rows.ts';

/** Pause before a row is asked for while the keyboard walks over many, milliseconds. */
const pause = 40;

export interface RowDetailsEvents {
  /** An action on the row shown. */
  readonly act: (action: RowActionId, row: number, label?: string) => void;
  readonly similar: (row: number | undefined) => void;
  readonly goTo: (neighbour: Neighbour) => void;
  /** Whether details are open. */
  readonly isOpen: () => boolean;
  /** Whether another order of rows is on its way. */
  readonly isPending: () => boolean;
}

/** Keeps the details those of the row where the keyboard is, however fast it moves. */
export class DetailsOfLead {
  readonly details: Details;
  readonly #model: Model;
  readonly #rows: Rows;
  readonly #events: RowDetailsEvents;
  readonly #calls: Latest<{ row: number; controls: WeightControls }, RowDetails>;
  /** Details could not be had while another order of rows was on its way. */
  #missed = false;

  constructor(client: Client<PanelApi, PanelEvents>, model: Model, rows: Rows, events: RowDetailsEvents) {
    this.#model = model;
    this.#rows = rows;
    this.#events = events;
    const act = (action: RowActionId) => (): void => {
      this.#act(action);
    };
    this.details = new Details({
      open: act('open'),
      relabel: act('relabel'),
      relabelTo: (label) => {
        this.#act('relabelTo', label);
      },
      remove: act('remove'),
      keep: act('keep'),
      clear: act('clear'),
      copyText: act('copyText'),
      copyJson: act('copyJson'),
      similar: () => {
        events.similar(this.details.row);
      },
      goTo: events.goTo,
    });
    this.#calls = new Latest(
      (params) => client.call('details', params),
      (details, params) => {
        if (this.#rows.selection.lead?.row === params.row) this.details.show(details);
      },
      (thrown) => {
        // Another order of rows is on its way: the row may have another number in it.
        if (events.isPending()) this.#missed = true;
        else this.details.fail(lineOf(thrown));
      },
    );
  }

  /** Another row is the one where the keyboard is, or none; or what is known of it changed. */
  update(): void {
    if (this.#rows.selection.lead?.row === undefined) this.details.show(undefined);
    else this.#ask();
  }

  /** The list is up to date: what could not be had before can be now. */
  settled(): void {
    if (this.#missed) this.#ask();
  }

  #ask(): void {
    const row = this.#rows.selection.lead?.row;
    this.#missed = false;
    if (row === undefined || !this.#events.isOpen()) return;
    this.#calls.request({ row, controls: this.#model.controls.now }, pause);
  }

  #act(action: RowActionId, label?: string): void {
    const { row } = this.details;
    if (row !== undefined) this.#events.act(action, row, label);
  }
}
