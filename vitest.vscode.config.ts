import { defineConfig } from 'vitest/config';

/** The tests in real VS Code: run by scripts/testVSCode.mjs, which brings what they need. */
export default defineConfig({
  test: {
    include: ['test/host/**/*.test.ts', 'test/ui/**/*.test.ts'],
    fileParallelism: false,
    pool: 'forks',
    testTimeout: 300_000,
    hookTimeout: 300_000,
    // A page on a busy machine takes its time; what never comes is told apart from what is late.
    expect: { poll: { timeout: 60_000 } },
    // A window that went wrong once is not fixed by trying again; the first failure of a walk ends it.
    retry: 0,
  },
});
