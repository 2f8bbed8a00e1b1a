/**
 * The host's side of the panel, in a worker of its own: answers as the extension would, after a moment, through messages
 * of JSON as VS Code passes them.
 */
import type { DatasetFacts, WeightControls } from '../../../../src/protocol/data.ts';
import type { PanelApi, PanelEvents, PanelState } from '../../../../src/protocol/panel.ts';
import { serve, type Message, type Port } from '../../../../src/protocol/rpc.ts';
import { markBits } from '../../../../src/core/table/table.ts';
import type { HarnessOptions, HostChange } from './options.ts';
import { FakeDataset } from './dataset.ts';
import { surenessOf } from './sureness.ts';

interface WorkerScope {
  postMessage(message: string): void;
  addEventListener(type: 'message', listener: (event: MessageEvent<string>) => void): void;
}

const scope = globalThis as unknown as WorkerScope;

function start(options: HarnessOptions): (change: HostChange) => void {
  const data = new FakeDataset(options);
  let effort = options.effort;
  /** Of the run, and what the host begins with. */
  const runControls: WeightControls = {
    ...{ gamma: 1, clipMax: 2, misalignedBelow: 0.2 },
    ...{ truncateQuantile: null, selfNormalise: false, priorCorrection: false },
    ...options.controls,
  };
  let controls = runControls;
  let extra: Partial<PanelState> = options.state ?? {};
  let revision = 1;
  let fault: string | undefined;
  let refused: readonly number[] | undefined;
  data.effort = effort;

  const facts = (): DatasetFacts => {
    const real = data.realRows();
    const columns = data.columns(controls);
    const counts = new Array<number>(options.labels.length).fill(0);
    for (const id of columns.labelId) counts[id]++;
    return {
      path: '/home/ada/projects/mail/synthetic.jsonl',
      realPath: options.real ? '/home/ada/projects/mail/real.jsonl' : undefined,
      bytes: 230 * data.rows,
      rows: data.rows,
      realRows: options.real ? real.reduce((sum, rows) => sum + rows, 0) : 0,
      brokenRows: options.broken,
      broken: [],
      brokenRealRows: 0,
      fields: { text: 'text', textPair: options.pairs ? 'text_pair' : undefined, label: 'label' },
      realFields: options.real ? { text: 'sentence', label: 'label' } : undefined,
      labels: options.labels.map((label, id) => ({ label, rows: counts[id], realRows: options.real ? real[id] : 0 })),
      exactCopies: options.broken === 0 ? 0 : 14,
      copiesOfReal: options.broken === 0 ? 0 : 1,
      warnings: options.real
        ? []
        : ['Only the labels of this file are known: a label that real rows do not have cannot be told from a mistake.'],
      editable: true,
    };
  };

  const state = (): PanelState => ({
    path: '/home/ada/projects/mail/synthetic.jsonl',
    facts: options.empty ? undefined : facts(),
    fault,
    run:
      effort === 'none'
        ? undefined
        : {
            folder: '/home/ada/projects/mail/.counterweight/synthetic.jsonl/20260131T142233Z-imp',
            created: '2026-01-31T14:22:33Z',
            effort,
            method: 'imp',
            model: 'all-MiniLM-L6-v2',
            device: 'cpu',
            scored: data.rows,
            controls: runControls,
            quality: {
              kind: effort === 'preview' ? 'probe' : 'fine-tuned',
              accuracy: 0.764,
              logLoss: 0.52,
              ece: 0.041,
            },
            warnings: options.warnings,
            staleRows: options.stale,
            sureness: surenessOf(options, effort),
          },
    controls,
    revision,
    ...extra,
  });

  const port: Port = {
    post: (message) => {
      scope.postMessage(JSON.stringify(message));
    },
    listen: (listener) => {
      scope.addEventListener('message', ({ data: text }) => {
        const message = JSON.parse(text) as Message | { type: 'harness' };
        if (message.type === 'harness') return;
        setTimeout(() => {
          listener(message);
        }, options.latency);
      });
      return () => undefined;
    },
  };

  const changed = (): void => {
    revision++;
    server.emit('state', state());
  };

  const server = serve<PanelApi, PanelEvents>(
    port,
    {
      ready: () => {
        if (options.reveal !== undefined) server.emit('reveal', { row: options.reveal });
        return state();
      },
      query: (query) => {
        controls = query.controls;
        return { ...data.query(query), numbering: 1 };
      },
      rows: ({ view, from, count }) => ({ view, from, rows: data.rowsOf(view, from, count, controls) }),
      place: ({ view, row }) => data.place(view, row),
      details: (params) => data.details(params.row, params.controls),
      similar: ({ row, count }) => data.similar(row, count),
      rowAtLine: ({ line }) => line - 1,
      act: async ({ action, target, label }) => {
        if (refused !== undefined) {
          data.relabel(refused, undefined);
          refused = undefined;
          changed();
          await new Promise((resolve) => setTimeout(resolve, 300));
          return { rows: 0 };
        }
        const rows =
          'rows' in target
            ? [...target.rows]
            : 'view' in target
              ? data.rowsOfView(target.view)
              : data.rowsWith(target.verdict, controls);
        let count = 0;
        if (action === 'relabel' || action === 'relabelTo') count = data.relabel(rows, label);
        else if (action === 'remove') count = data.remove(rows);
        else if (action === 'keep') count = data.keep(rows, markBits.kept);
        else if (action === 'clear') count = data.keep(rows, 0);
        if (count > 0) changed();
        return { rows: count };
      },
      setControls: (params) => {
        controls = params.controls;
        changed();
        return null;
      },
      command: () => null,
      export: () => null,
      focus: () => null,
      select: () => null,
      openLine: () => null,
    },
    (thrown) => ({ message: thrown instanceof Error ? thrown.message : String(thrown), kind: 'defect' }),
  );

  return (change) => {
    switch (change.kind) {
      case 'effort':
        effort = change.effort;
        data.effort = effort;
        changed();
        break;
      case 'state':
        extra = { ...extra, ...change.state };
        server.emit('state', state());
        break;
      case 'fault':
        fault = change.fault;
        options = { ...options, empty: true };
        server.emit('state', state());
        break;
      case 'stale':
        data.setStale(change.rows, markBits.stale);
        options = { ...options, stale: change.rows.length };
        changed();
        break;
      case 'insert':
        data.insert(change.at);
        changed();
        break;
      case 'refuse':
        refused = change.undone;
        break;
      case 'action':
        server.emit('action', { action: change.action });
        break;
      case 'reveal':
        server.emit('reveal', { row: change.row });
        break;
      case 'filter':
        server.emit('filter', { text: change.text });
        break;
    }
  };
}

let change: ((change: HostChange) => void) | undefined;
scope.addEventListener('message', ({ data }) => {
  const message = JSON.parse(data) as { type: string; options?: HarnessOptions; change?: HostChange };
  if (message.type !== 'harness') return;
  if (message.options !== undefined) change = start(message.options);
  if (message.change === undefined) return;
  change?.(message.change);
  // Messages keep their order: whoever reads this has read what the change made the host tell.
  scope.postMessage(JSON.stringify({ type: 'changed' }));
});
