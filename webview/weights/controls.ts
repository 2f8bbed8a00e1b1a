import type { WeightControls } from '../../src/protocol/data.ts';
import { Later } from './later.ts';

/** Pause before the host is told, milliseconds. */
const pause = 300;

/** The settings that make weights: what the user moves counts at once, and the host learns of it once it rests. */
export class Controls {
  readonly #tell: (controls: WeightControls) => void;
  readonly #later = new Later();
  #now: WeightControls = { gamma: 1, clipMax: 2, misalignedBelow: 0.2 };
  /** The host knows of the newest. */
  #isTold = true;

  constructor(tell: (controls: WeightControls) => void) {
    this.#tell = tell;
  }

  get now(): WeightControls {
    return this.#now;
  }

  move(controls: WeightControls): void {
    this.#now = controls;
    this.#isTold = false;
    this.#later.ask('tell', pause, () => {
      this.#isTold = true;
      this.#tell(this.#now);
    });
  }

  /** What the host has; what the user has moved meanwhile stays. */
  received(controls: WeightControls): void {
    if (this.#isTold) this.#now = controls;
  }
}
