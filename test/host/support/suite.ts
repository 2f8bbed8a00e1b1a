/** A few lines in place of a test framework: what runs inside the extension host has to be small and plain. */
import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';

export interface TestResult {
  readonly name: string;
  readonly milliseconds: number;
  /** Stack of the failure; absent where the test passed. */
  readonly failure?: string;
}

type Step = () => void | Promise<void>;

interface Suite {
  readonly name: string;
  readonly before: Step[];
  readonly after: Step[];
  readonly tests: { readonly name: string; readonly run: Step; readonly limit: number }[];
}

const suites: Suite[] = [];

/** Declares a group of tests; they run in order, groups by the names of their files. */
export function describe(name: string, define: () => void): void {
  suites.push({ name, before: [], after: [], tests: [] });
  define();
}

/** Declares a test. @param limit Milliseconds it may take. */
export function test(name: string, run: Step, limit = 180_000): void {
  current().tests.push({ name, run, limit });
}

/** Before the first test of the group. */
export function before(run: Step): void {
  current().before.push(run);
}

/** After the last test of the group, also where one failed. */
export function after(run: Step): void {
  current().after.push(run);
}

/** How long something may take to come on a busy machine, milliseconds. */
const patience = 90_000;

/** Tries until `probe` gives something, every `interval` milliseconds; fails with `what` after `limit` milliseconds. */
export async function eventually<T>(
  what: string,
  probe: () => T | undefined | Promise<T | undefined>,
  limit = patience,
  interval = 50,
): Promise<T> {
  const until = Date.now() + limit;
  for (;;) {
    const found = await probe();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > until) throw new Error(`not within ${limit / 1000} s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, interval));
  }
}

/** Reads until it is what is expected; where that does not come, fails with the difference. */
export async function becomes<T>(read: () => T | Promise<T>, expected: T, limit = patience): Promise<void> {
  let found: T | undefined;
  const matches = async (): Promise<true | undefined> => {
    found = await read();
    return isDeepStrictEqual(found, expected) ? true : undefined;
  };
  try {
    await eventually('it is what is expected', matches, limit);
  } catch (thrown) {
    if (found !== undefined) assert.deepEqual(found, expected);
    throw thrown;
  }
}

/** Runs everything that was declared. @param report Told about each result as it comes. */
export async function runSuites(report: (result: TestResult) => void): Promise<void> {
  for (const suite of suites) {
    const failed = await attempt(`${suite.name}: set-up`, () => inOrder(suite.before), 300_000);
    if (failed.failure !== undefined) report(failed);
    else for (const { name, run, limit } of suite.tests) report(await attempt(`${suite.name}: ${name}`, run, limit));
    const cleaned = await attempt(`${suite.name}: clean-up`, () => inOrder(suite.after), 180_000);
    if (cleaned.failure !== undefined) report(cleaned);
  }
}

async function inOrder(steps: readonly Step[]): Promise<void> {
  for (const step of steps) await step();
}

async function attempt(name: string, run: Step, limit: number): Promise<TestResult> {
  const start = performance.now();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`took more than ${limit / 1000} s`)), limit);
  });
  try {
    await Promise.race([Promise.resolve().then(run), late]);
    return { name, milliseconds: performance.now() - start };
  } catch (thrown) {
    const failure = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
    return { name, milliseconds: performance.now() - start, failure };
  } finally {
    clearTimeout(timer);
  }
}

function current(): Suite {
  const suite = suites.at(-1);
  if (suite === undefined) throw new Error('a test stands outside of describe');
  return suite;
}
