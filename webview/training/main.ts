/** The training view's entry: connects it with the host. */
import '../shared/theme.css';
import '../shared/page.css';
import '../shared/chart.css';
import './training.css';
import { createClient } from '../../src/protocol/rpc.ts';
import type { TrainingApi, TrainingEvents, TrainingState } from '../../src/protocol/training.ts';
import { h } from '../shared/dom.ts';
import { troubleTeller } from '../shared/trouble.ts';
import { createVsCodePort } from '../shared/vscodePort.ts';
import { View } from './view.ts';

const port = createVsCodePort();
const host = createClient<TrainingApi, TrainingEvents>(port);
const root = document.getElementById('app') ?? document.body.appendChild(h('div', { id: 'app' }));

const tell = troubleTeller(root);

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
