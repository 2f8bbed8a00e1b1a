import type { RowActionId } from '../../src/core/table/actions.ts';
import type { Target } from '../../src/protocol/data.ts';
import type { PanelApi, PanelEvents } from '../../src/protocol/panel.ts';
import type { Client } from '../../src/protocol/rpc.ts';
import { t } from '../shared/l10n.ts';
import { rowCount } from '../shared/numbers.ts';
import { Echoes } from './echoes.ts';
import { isCancelled } from './faults.ts';
import type { Model } from './model.ts';
import type { Occasion } from './occasions.ts';
import type { Rows } from './rows.ts';
import type { KeptSelection } from './selection.ts';
import { Turns } from './turns.ts';

/** Actions that change rows wait for one another. */
const inTurn: readonly RowActionId[] = ['relabel', 'relabelTo', 'remove', 'keep', 'clear'];

export interface ActEvents {
  readonly similar: (row: number | undefined) => Promise<void>;
  /** One line for screen readers. */
  readonly say: (line: string) => void;
  readonly failed: (thrown: unknown) => void;
}

/** An action that is under way. */
interface Acting {
  readonly rows: readonly number[] | 'view';
  readonly removes: boolean;
  /** What was selected when it began. */
  readonly before: KeptSelection;
  /** It came to nothing. */
  isVoid: boolean;
}

/** Carries out row actions, and knows which change of the rows is one of theirs. */
export class RowActs {
  readonly #client: Client<PanelApi, PanelEvents>;
  readonly #model: Model;
  readonly #rows: Rows;
  readonly #events: ActEvents;
  readonly #turns: Turns;
  readonly #echoes = new Echoes<RowActionId>();
  #acting: Acting | undefined;
  /** The action that rows were last shown for, and what was selected then. */
  #shown: { readonly acting: Acting | undefined; readonly rows: ReadonlySet<number> } | undefined;

  /** @param isSettled Whether the rows shown are up to date. */
  constructor(
    client: Client<PanelApi, PanelEvents>,
    model: Model,
    rows: Rows,
    isSettled: () => boolean,
    events: ActEvents,
  ) {
    this.#client = client;
    this.#model = model;
    this.#rows = rows;
    this.#events = events;
    this.#turns = new Turns(isSettled);
  }

  /** A key in the list, which acts at once. */
  key(action: RowActionId): void {
    this.#echoes.began(action, performance.now());
    void this.act(action);
  }

  /** A command of VS Code, which may be the echo of a key. */
  command(action: RowActionId): void {
    if (!this.#echoes.take(action, performance.now())) void this.act(action);
  }

  /** Carries out an action on what is selected, or on `target`. */
  async act(action: RowActionId, target?: Target, label?: string): Promise<void> {
    // A target that is named is one of the rows as they are numbered now; what is selected is looked up when its turn comes.
    const numbering = target === undefined ? undefined : this.#model.numbering;
    if (!inTurn.includes(action)) {
      await this.#carryOut(action, target, label, numbering);
    } else if (await this.#turns.begin()) {
      try {
        await this.#carryOut(action, target, label, numbering);
      } finally {
        this.#turns.end();
      }
    }
  }

  /** What is shown may be up to date now. */
  settled(): void {
    this.#turns.look();
  }

  /** Why rows changed that the host says have. */
  get occasion(): Occasion {
    const acting = this.#acting;
    return acting === undefined ? { kind: 'revision' } : { kind: 'act', ...acting, isVoid: () => acting.isVoid };
  }

  /** Rows are about to be shown. @returns What to do once they are. */
  showing(occasion: Occasion): () => void {
    const acting = this.#acting;
    return () => {
      if (occasion.kind !== 'act') return;
      this.#shown = { acting, rows: this.#rows.selection.rows };
      this.#acting = undefined;
      if (acting?.isVoid) this.#rows.restore(acting.before);
    };
  }

  /** Other rows are wanted: what was selected of those before is not selected again. */
  forget(): void {
    this.#shown = undefined;
  }

  async #carryOut(
    action: RowActionId,
    target: Target | undefined,
    label: string | undefined,
    numbering = this.#model.numbering,
  ): Promise<void> {
    const { selection, view } = this.#rows;
    const lead = selection.lead?.row;
    const single = action === 'open' || action === 'similar';
    const about = target ?? (single && lead !== undefined ? { rows: [lead] } : selection.target(view));
    if (about === undefined) return;
    if (action === 'similar') {
      await this.#events.similar(lead);
      return;
    }
    const edits = !['open', 'copyText', 'copyJson'].includes(action);
    const acting: Acting = {
      rows: 'rows' in about ? [...about.rows].sort((a, b) => a - b) : 'view',
      removes: action === 'remove',
      before: selection.kept,
      isVoid: false,
    };
    if (edits) this.#acting = acting;
    // A change from elsewhere, e.g. an undo, may have come instead and have been taken for this one.
    const nothing = (): void => {
      if (!edits) return;
      acting.isVoid = true;
      if (this.#acting === acting) this.#acting = undefined;
      const untouched = this.#shown?.rows === selection.rows && !selection.all;
      if (this.#shown?.acting === acting && untouched) this.#rows.restore(acting.before);
    };
    try {
      const { rows } = await this.#client.call('act', {
        ...{ action, target: about, label, controls: this.#model.controls.now, numbering },
      });
      if (rows === 0) nothing();
      if (edits) this.#events.say(rows === 0 ? t('Nothing changed') : t('{0} changed', rowCount(rows)));
    } catch (thrown) {
      nothing();
      if (!isCancelled(thrown)) this.#events.failed(thrown);
    }
  }
}
