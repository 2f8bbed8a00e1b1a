/** The map's entry: connects it with the host. */
import '../shared/theme.css';
import '../shared/page.css';
import '../shared/chart.css';
import './map.css';
import type { MapApi, MapEvents } from '../../src/protocol/map.ts';
import { createClient } from '../../src/protocol/rpc.ts';
import { h } from '../shared/dom.ts';
import { troubleTeller } from '../shared/trouble.ts';
import { createVsCodePort } from '../shared/vscodePort.ts';
import { View } from './view.ts';

const port = createVsCodePort();
const host = createClient<MapApi, MapEvents>(port);
const root = document.getElementById('app') ?? document.body.appendChild(h('div', { id: 'app' }));
const tell = troubleTeller(root);

const view = new View(root, host, port, (thrown) => {
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
