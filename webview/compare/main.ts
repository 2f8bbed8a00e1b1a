/** The Compare view's entry: connects it with the host. */
import '../shared/theme.css';
import '../shared/page.css';
import '../shared/chart.css';
import './compare.css';
import { createClient } from '../../src/protocol/rpc.ts';
import type { CompareApi, CompareEvents, CompareState } from '../../src/protocol/compare.ts';
import { h } from '../shared/dom.ts';
import { troubleTeller } from '../shared/trouble.ts';
import { createVsCodePort } from '../shared/vscodePort.ts';
import { View } from './view.ts';

const port = createVsCodePort();
const host = createClient<CompareApi, CompareEvents>(port);
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
  again: () => {
    tell(host.call('again', {}));
  },
  show: (folder) => {
    tell(host.call('show', { folder }));
  },
  train: (method) => {
    tell(host.call('train', { method }));
  },
  copyReport: () => {
    const copied = host.call('copyReport', {});
    tell(copied);
    return copied.then(
      () => true,
      // Told already.
      () => false,
    );
  },
  saveReport: () => {
    tell(host.call('saveReport', {}));
  },
  openFolder: () => {
    tell(host.call('openFolder', {}));
  },
});

const update = (state: CompareState): void => {
  // All that is needed to come back after the window was reloaded.
  port.setState({ dataset: state.dataset });
  view.update(state);
};
host.on('state', update);
host.on('live', (live) => {
  view.live(live);
});
tell(host.call('ready', {}).then(update));
