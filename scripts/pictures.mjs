// npm run pictures: the README's pictures, from those that the UI test took (npm run test:vscode -- test/ui/walk.test.ts).
import { copyFileSync, existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const pictures = { '11-panel-dark.png': 'panel.png', '14-file.png': 'editor.png' };

for (const [taken, shown] of Object.entries(pictures)) {
  const from = path.join(root, 'test-output', 'ui', taken);
  if (!existsSync(from)) {
    console.error(`${from} does not exist; run: npm run test:vscode -- test/ui/walk.test.ts`);
    process.exit(1);
  }
  copyFileSync(from, path.join(root, 'docs', 'pictures', shown));
}
