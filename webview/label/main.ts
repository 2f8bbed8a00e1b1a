/** The labelling view's entry: connects it with the host. */
import '../shared/theme.css';
import './label.css';
import type { LabelApi, LabelEvents, LabelState } from '../../src/protocol/label.ts';
import { createClient } from '../../src/protocol/rpc.ts';
import { h } from '../shared/dom.ts';
import { createVsCodePort } from '../shared/vscodePort.ts';
import { View } from './view.ts';

const port = createVsCodePort();
const host = createClient<LabelApi, LabelEvents>(port);
const root = document.getElementById('app') ?? document.body.appendChild(h('div', { id: 'app' }));

/** A call whose failure the user is told of; nothing waits for its result. */
const tell = (call: Promise<unknown>): void => {
  root.querySelector('.trouble')?.remove();
  call.catch((thrown: unknown) => {
    root.prepend(
      h('p', { class: 'trouble', role: 'alert' }, thrown instanceof Error ? thrown.message : String(thrown)),
    );
  });
};

const view = new View(root, {
  start: (labels, goal) => {
    tell(host.call('start', { labels, goal }));
  },
  chooseSource: () => {
    tell(host.call('chooseSource', {}));
  },
  answer: (line, label) => {
    tell(host.call('answer', { line, label }));
  },
  skip: (line) => {
    tell(host.call('skip', { line }));
  },
  back: () => {
    tell(host.call('back', {}));
  },
  forward: () => {
    tell(host.call('forward', {}));
  },
  finish: () => {
    tell(host.call('finish', {}));
  },
  resume: () => {
    tell(host.call('resume', {}));
  },
  openTarget: () => {
    tell(host.call('openTarget', {}));
  },
  score: () => {
    tell(host.call('score', {}));
  },
});

const update = (state: LabelState): void => {
  // All that is needed to come back after the window was reloaded.
  port.setState({ dataset: state.dataset });
  view.update(state);
};
host.on('state', update);
tell(host.call('ready', {}).then(update));
