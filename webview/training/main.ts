/** The training view's entry: connects it with the host. */
import '../shared/theme.css';
import './training.css';
import { createClient } from '../../src/protocol/rpc.ts';
import type { TrainingApi, TrainingEvents, TrainingState } from '../../src/protocol/training.ts';
import { h } from '../shared/dom.ts';
import { createVsCodePort } from '../shared/vscodePort.ts';
import { View } from './view.ts';

const port = createVsCodePort();
const host = createClient<TrainingApi, TrainingEvents>(port);
const root = document.getElementById('app') ?? document.body.appendChild(h('div', { id: 'app' }));

/** A call whose failure the user is told of; nothing waits for its result. */
const tell = (call: Promise<unknown>): void => {
  call.catch((thrown: unknown) => {
    const line = h('p', { class: 'trouble', role: 'alert' }, thrown instanceof Error ? thrown.message : String(thrown));
    root.querySelector('.trouble')?.remove();
    root.prepend(line);
  });
};

const view = new View(root, {
  cancel: () => {
    tell(host.call('cancel', {}));
  },
  begin: () => {
    tell(host.call('begin', {}));
  },
  showLog: () => {
    tell(host.call('showLog', {}));
  },
  resume: () => {
    tell(host.call('resume', {}));
  },
  again: (seed) => {
    tell(host.call('again', { seed }));
  },
  openModel: (folder) => {
    tell(host.call('openModel', { folder }));
  },
  show: (folder) => {
    tell(host.call('show', { folder }));
  },
  classify: (text, textPair) => host.call('classify', { text, textPair }),
});

const update = (state: TrainingState): void => {
  // All that is needed to come back after the window was reloaded.
  port.setState({ dataset: state.dataset });
  view.update(state);
};
host.on('state', update);
host.on('live', (live) => {
  view.live(live);
});
tell(host.call('ready', {}).then(update));
