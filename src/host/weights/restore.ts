import type * as vscode from 'vscode';
import type { WeightsPanels } from './panels.ts';

export const weightsViewType = 'counterweight.weights';

/** What a panel keeps of itself over a reload (`setState`), as far as the host needs it. */
interface KeptState {
  readonly path?: unknown;
}

/** Brings panels back after the window was reloaded. */
export function restorePanels(panels: WeightsPanels): vscode.WebviewPanelSerializer {
  return {
    deserializeWebviewPanel: (panel, state) => {
      const path = (state as KeptState | undefined)?.path;
      if (typeof path === 'string') panels.adopt(path, panel);
      else panel.dispose();
      return Promise.resolve();
    },
  };
}
