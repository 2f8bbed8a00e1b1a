/** The weights panel's entry: bundled with its stylesheet into `dist/webview/weights.{js,css}`. */
import '../shared/theme.css';
import '../shared/chart.css';
import './weights.css';
import type { PanelApi, PanelEvents } from '../../src/protocol/panel.ts';
import { createClient } from '../../src/protocol/rpc.ts';
import { createVsCodePort } from '../shared/vscodePort.ts';
import { App } from './app.ts';

const port = createVsCodePort();
const app = new App(createClient<PanelApi, PanelEvents>(port), port);
(document.getElementById('app') ?? document.body).append(app.element);
void app.start();
