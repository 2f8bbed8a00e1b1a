import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { outputFolder } from './workbench.ts';

/** How long things took for the user, in seconds, beside what they should take. Reported, never asserted. */
export class Times {
  readonly #taken: { what: string; seconds: number; wanted?: number }[] = [];

  constructor(private readonly name: string) {}

  /** Starts a clock; the returned function stops it. @param wanted Seconds it should take at most. */
  start(what: string, wanted?: number): () => void {
    const start = performance.now();
    return () => {
      this.#taken.push({ what, seconds: Math.round((performance.now() - start) / 10) / 100, wanted });
    };
  }

  /** Keeps them as JSON beside the pictures. */
  async write(): Promise<void> {
    await mkdir(outputFolder, { recursive: true });
    await writeFile(path.join(outputFolder, this.name), `${JSON.stringify(this.#taken, null, 2)}\n`);
  }
}
