import type { WeightControls } from '../../src/protocol/data.ts';
import type { Brush } from './histogram.ts';
import { show } from '../shared/dom.ts';
import { received } from './clip.ts';
import { Facts } from './facts.ts';
import { Header, type HeaderActions } from './header.ts';
import { warningsOf, type Model } from './model.ts';
import { Notices } from './notices.ts';
import { Overview } from './overview.ts';
import { Waiting } from './waiting.ts';

/** With this much room the overview is unfolded at first. */
const roomy = '(min-width: 600px) and (min-height: 600px)';

export interface AboveActions extends HeaderActions {
  readonly brush: (brush: Brush | undefined) => void;
  readonly controls: (controls: WeightControls) => void;
}

/** What stands above the filters: which dataset this is, what to know of it, and the weights as a whole. */
export class Above {
  readonly #model: Model;
  readonly #header: Header;
  readonly #notices: Notices;
  readonly #waiting: Waiting;
  readonly #facts: Facts;
  readonly #overview: Overview;
  readonly #roomy = window.matchMedia(roomy);

  /** @param resized After what is shown changed by itself: the room did. */
  constructor(model: Model, actions: AboveActions, resized: () => void) {
    this.#model = model;
    const { command } = actions;
    const { view } = model;
    this.#header = new Header(actions);
    this.#notices = new Notices({
      command,
      toggleWarnings: (warnings) => {
        view.change({ warnings });
      },
    });
    this.#waiting = new Waiting(command);
    this.#facts = new Facts({
      chooseReal: () => {
        command('chooseReal');
      },
      labelRows: () => {
        command('labelRows');
      },
      score: () => {
        command('rescore');
      },
      showProblems: () => {
        command('showProblems');
      },
    });
    this.#overview = new Overview({
      brush: actions.brush,
      controls: actions.controls,
      toggle: (overview) => {
        view.change({ overview });
        this.drawResult();
      },
      toggleMore: (moreSettings) => {
        view.change({ moreSettings });
        this.drawResult();
      },
    });
    this.#roomy.addEventListener('change', resized);
  }

  /** From top to bottom. */
  get elements(): readonly HTMLElement[] {
    return [this.#header, this.#notices, this.#waiting, this.#facts, this.#overview].map(({ element }) => element);
  }

  /** One line about something that went wrong: {@link Notices.trouble}. */
  trouble(words: string | undefined, retry?: () => void): void {
    this.#notices.trouble(words, retry);
  }

  /** Other scores than before are shown. */
  refit(): void {
    this.#overview.refit();
  }

  draw(): void {
    const { state } = this.#model;
    this.#waiting.update(state);
    show(this.#facts.element, state?.facts !== undefined && state.run === undefined);
    show(this.#overview.element, state?.facts !== undefined && state.run !== undefined && state.facts.rows > 0);
    this.drawJob();
  }

  /** What changes many times a second while a job runs. */
  drawJob(): void {
    const { state } = this.#model;
    this.#header.update(state);
    if (state?.facts === undefined || state.run !== undefined) return;
    this.#facts.update({ facts: state.facts, job: state.job, encoderMissing: state.encoderMissing !== undefined });
  }

  /** What the newest answer of the data worker tells. */
  drawResult(): void {
    const { state, result, view, controls, preview } = this.#model;
    const warnings = warningsOf(this.#model);
    if (state !== undefined) this.#notices.update(state, warnings, view.now.warnings);
    if (result === undefined) return;
    const settings = {
      ...{ controls: controls.now, preview, more: view.now.moreSettings },
      initial: state?.run && received(state.run.controls),
    };
    this.#overview.update(result, view.now.brush, settings, view.now.overview ?? this.#roomy.matches);
  }
}
