import { formatCount } from '../../src/core/table/format.ts';
import {
  mostTrajectories,
  type DynamicsPoints,
  type MapApi,
  type MapEvents,
  type MapState,
  type MapTraining,
  type Trajectory,
} from '../../src/protocol/map.ts';
import type { Client } from '../../src/protocol/rpc.ts';
import { lossTitle } from '../../src/protocol/training.ts';
import { fill, h, show } from '../shared/dom.ts';
import { t } from '../shared/l10n.ts';
import { EmptyState } from './emptyState.ts';
import type { TabEvents } from './embeddingsTab.ts';
import type { Palette } from './looks.ts';
import { Plot } from './plot.ts';
import { bytesOf, nothingChosen, pointsOf, type Chosen, type Points } from './points.ts';
import type { Axes } from './scatter.ts';
import { Trajectories } from './trajectories.ts';

export interface DynamicsEvents extends TabEvents {
  /** The user wants to see another training. */
  readonly training: (folder: string) => void;
}

/** What the epochs of a training say of the rows. */
export class DynamicsTab {
  readonly element: HTMLElement;
  readonly plot: Plot;
  readonly #client: Client<MapApi, MapEvents>;
  readonly #events: DynamicsEvents;
  readonly #empty = new EmptyState();
  readonly #note = h('p', { class: 'faint map-note' });
  readonly #trajectories = new Trajectories();
  readonly #select: HTMLSelectElement;
  readonly #choice: HTMLElement;
  readonly #beside: HTMLElement;
  #points: Points | undefined;
  #numbering = 0;
  #asked: string | undefined;
  #training: string | undefined;
  #offered = '';
  #chosen = nothingChosen;
  #trajectoriesOf = '';

  constructor(client: Client<MapApi, MapEvents>, palette: Palette, events: DynamicsEvents) {
    this.#client = client;
    this.#events = events;
    const colours = [
      ['correctness', t('Right answers')],
      ['label', t('Label')],
      ['verdict', t('Verdict')],
      ['weight', t('Weight')],
    ] as const;
    this.plot = new Plot({ id: 'dynamics', label: t('Map of a training'), colours }, palette, events);
    this.#select = h('select', {
      id: 'training',
      onchange: () => {
        events.training(this.#select.value);
      },
    });
    this.#choice = h('div', { class: 'colour' }, h('label', { for: 'training' }, t('Training')), this.#select);
    this.#beside = h('div', { class: 'beside' }, this.plot.legend, this.#trajectories.element);
    this.element = h(
      'div',
      { class: 'tab-content' },
      h('div', { class: 'main-part' }, this.#choice, this.#empty.element, this.plot.element, this.#note),
      this.#beside,
    );
    this.#show(undefined);
  }

  get points(): Points | undefined {
    return this.#points;
  }

  get numbering(): number {
    return this.#numbering;
  }

  /** Asks for the points where what is known of them is no longer true. @param wanted The training that was chosen. */
  async update({ ready, trainings, revision, fault }: MapState, preview: boolean, wanted?: string): Promise<void> {
    const newest = trainings.find(({ hasDynamics }) => hasDynamics) ?? trainings.at(0);
    const shown = wanted === undefined ? newest : trainings.find(({ folder }) => folder === wanted);
    this.#offer(trainings, shown?.folder);
    const state = `${shown?.folder ?? ''} ${String(revision)}`;
    const isReadable = ready && fault === undefined;
    if (!isReadable || shown?.hasDynamics !== true) {
      this.#asked = undefined;
      this.#training = undefined;
      // Where nothing changed, nothing is drawn anew: a button keeps the focus, and a press that has begun.
      if (this.#points !== undefined) this.#show(undefined);
      if (!isReadable) this.#empty.update(fault ?? t('The files are being read.'));
      else if (shown === undefined && newest !== undefined) this.#sayAbsent(newest);
      else this.#sayMissing(shown);
      return;
    }
    if (state === this.#asked) return;
    const sameRun = this.#training === shown.folder;
    this.#asked = state;
    this.#training = shown.folder;
    this.#trajectoriesOf = '';
    try {
      const found = await this.#client.call('dynamics', { run: shown.folder });
      if (state !== this.#asked) return;
      this.#numbering = found?.numbering ?? 0;
      this.#show(found ?? undefined, preview, sameRun);
      if (found === null) this.#sayMissing(shown);
      this.#askTrajectories();
    } catch (thrown) {
      if (state === this.#asked) this.#asked = undefined;
      this.#events.failed(thrown);
    }
  }

  choose(chosen: Chosen): void {
    this.#chosen = chosen;
    this.plot.choose(chosen);
    this.#askTrajectories();
  }

  #askTrajectories(): void {
    const { rows: shown, firstReal } = this.#points ?? { rows: new Int32Array(0), firstReal: 0 };
    const { synthetic } = this.#chosen;
    // No more than are answered: a choice may be of all rows.
    const rows = [...shown.subarray(0, firstReal)]
      .filter((row) => synthetic.has(row))
      .sort((a, b) => a - b)
      .slice(0, mostTrajectories);
    const run = this.#training;
    const key = `${run ?? ''} ${String(synthetic.size)} ${rows.join(' ')}`;
    if (key === this.#trajectoriesOf) return;
    this.#trajectoriesOf = key;
    if (run === undefined || rows.length === 0) {
      this.#trajectories.update([], 0);
      return;
    }
    this.#client
      .call('trajectories', { run, rows })
      .then((found: readonly Trajectory[]) => {
        if (key === this.#trajectoriesOf) this.#trajectories.update(found, synthetic.size);
      })
      .catch(this.#events.failed);
  }

  #offer(trainings: readonly MapTraining[], chosen: string | undefined): void {
    show(this.#choice, trainings.length > 0);
    const offered = trainings.map(({ folder }) => folder).join('\n');
    if (offered !== this.#offered) {
      this.#offered = offered;
      fill(this.#select, ...trainings.map((training) => h('option', { value: training.folder }, titleOf(training))));
    }
    this.#select.value = chosen ?? '';
  }

  #show(found: DynamicsPoints | undefined, preview = false, keepFrame = false): void {
    this.#points = found && pointsOf(found);
    const points = this.#points;
    const correctness = found && new Float32Array(bytesOf(found.correctness));
    this.plot.update(points && found && { points, of: found.run, preview, correctness, axes: axes() }, keepFrame);
    for (const part of [this.plot.element, this.#beside, this.#note]) show(part, found !== undefined);
    this.#empty.update(undefined);
    if (found !== undefined) fill(this.#note, notes(found).join(' '));
    this.#events.shown();
  }

  /** The training that was asked for is none of those that can be shown. */
  #sayAbsent({ folder }: MapTraining): void {
    this.#empty.update(
      t(
        'This training has nothing to show here: it has not finished, it saw real rows only, or its run is gone. Choose another above.',
      ),
      {
        label: t('Show the newest training'),
        press: () => {
          this.#events.training(folder);
        },
      },
    );
  }

  #sayMissing(training: MapTraining | undefined): void {
    this.#empty.update(
      training === undefined
        ? t(
            'No classifier has been trained on these rows yet. A training tells which rows are learnt at once, which never, and which the model wavers about.',
          )
        : t(
            'This training was made by a version that did not note what each epoch said of the rows. Train again to see it.',
          ),
      {
        label: t('Train weighted classifier'),
        press: () => {
          this.#client.call('command', { name: 'train' }).catch(this.#events.failed);
        },
      },
    );
  }
}

/** Variability is 0.5 at most: probabilities that jump between 0 and 1. */
function axes(): Axes {
  return {
    x: { name: t('variability: how much P(label) changes from epoch to epoch'), from: 0, to: 0.5 },
    y: { name: t('confidence: mean P(label)'), from: 0, to: 1 },
  };
}

function titleOf({ loss, seed, created }: MapTraining): string {
  const name = loss === 'dimp-score' ? t('Scoring with DIMP') : lossTitle(loss);
  return t('{0}, seed {1}, {2}', name, seed, created.slice(0, 16).replace('T', ' '));
}

function notes({ count, epochs, gone }: DynamicsPoints): string[] {
  return [
    t(
      '{0} rows over {1} epochs. Top left: learnt at once. Bottom left: never learnt, often a wrong label. Right: the model wavers, which teaches most.',
      ...[formatCount(count), epochs],
    ),
    ...(gone === 0 ? [] : [t('{0} rows of the training are no longer in the file.', formatCount(gone))]),
  ];
}
