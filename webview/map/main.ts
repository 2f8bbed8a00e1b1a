/** The map's entry: connects it with the host. */
import '../shared/theme.css';
import '../shared/page.css';
import '../shared/chart.css';
import './map.css';
import type { MapApi, MapEvents } from '../../src/protocol/map.ts';
import { createClient, type Client } from '../../src/protocol/rpc.ts';
import { h } from '../shared/dom.ts';
import { troubleTeller } from '../shared/trouble.ts';
import { createVsCodePort } from '../shared/vscodePort.ts';
import { View } from './view.ts';

const port = createVsCodePort();
const host = createClient<MapApi, MapEvents>(port);
const root = document.getElementById('app') ?? document.body.appendChild(h('div', { id: 'app' }));
const tell = troubleTeller(root);

/** Calls whose failure is no longer so once they succeed; the others are what the user does, one thing after another. */
const questions: ReadonlySet<string> = new Set(['points', 'dynamics', 'trajectories', 'text']);
const told = new WeakSet();

/** The host; calls that fail are told of. */
const client: Client<MapApi, MapEvents> = {
  ...host,
  call: (method, params) => {
    const answer = host.call(method, params);
    tell(answer, questions.has(method) ? method : 'done');
    answer.catch((thrown: unknown) => {
      if (thrown instanceof Error) told.add(thrown);
    });
    return answer;
  },
};

const view = new View(root, client, port, (thrown) => {
  if (thrown instanceof Error && told.has(thrown)) return;
  tell(Promise.reject(thrown instanceof Error ? thrown : new Error(String(thrown))));
});
host.on('state', (state) => {
  view.update(state);
});
tell(
  host.call('ready', {}).then((state) => {
    view.update(state);
  }),
);
