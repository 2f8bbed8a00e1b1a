import type { PanelApi, PanelEvents } from '../../src/protocol/panel.ts';
import type { Client } from '../../src/protocol/rpc.ts';
import { isCancelled } from './faults.ts';

type Told = 'command' | 'export' | 'focus' | 'select' | 'setControls' | 'openLine';

/** A call whose answer is only that it was done. */
export type Tell = <M extends Told>(method: M, params: PanelApi[M]['params']) => void;

/** @param failed With what went wrong, unless the user cancelled it. */
export function createTell(client: Client<PanelApi, PanelEvents>, failed: (thrown: unknown) => void): Tell {
  return (method, params) => {
    client.call(method, params).catch((thrown: unknown) => {
      if (!isCancelled(thrown)) failed(thrown);
    });
  };
}
