/** The side of the line protocol that measures: starts contenders as processes of their own and asks them in turns. */
import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Job } from './job.ts';

/** Numbers that a contender answers with; anything else it says is kept as raw data. */
export type Answer = Readonly<Record<string, unknown>>;

/** A process that trains or scores on command and sleeps in between. */
export interface Contender {
  readonly name: string;
  /** Its first line: versions, memory. */
  readonly ready: Answer;
  /** Sends one line, returns the answer. Throws where the contender reports an error, dies or takes too long. */
  ask(command: string): Promise<Answer>;
  /** Ends the process. */
  quit(): Promise<void>;
}

/** Where contenders come from. */
export interface Workshop {
  /** A Python with bench/torch/requirements.txt; undefined where there is none. */
  readonly python: string | undefined;
  /** A folder for jobs and checkpoints. */
  readonly scratch: string;
}

export type Engine = 'train' | 'score' | 'transformers.js' | 'torch train' | 'torch score';

/** No single command of a benchmark takes longer. */
const longestAnswerMilliseconds = 15 * 60_000;

/** Starts a contender. */
export async function start(shop: Workshop, name: string, engine: Engine, job: Job): Promise<Contender> {
  const file = path.join(shop.scratch, `${name.replace(/\W+/g, '-')}.json`);
  await writeFile(file, JSON.stringify(job));
  const [program, args] = commandLine(shop, engine, file);
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const exited = new Promise<void>((resolve) => {
    child.once('close', () => {
      resolve();
    });
  });
  const read = async (): Promise<Answer> => {
    const timer = setTimeout(() => child.kill('SIGKILL'), longestAnswerMilliseconds);
    const line = await lines.next();
    clearTimeout(timer);
    if (line.done === true) throw new Error(`${name} ended before it answered`);
    const answer = JSON.parse(line.value) as Answer;
    if (answer['error'] !== undefined) throw new Error(`${name}: ${String(answer['error'])}`);
    return answer;
  };
  try {
    return {
      name,
      ready: await read(),
      ask: async (command) => {
        child.stdin.write(`${command}\n`);
        return read();
      },
      quit: async () => {
        child.stdin.end('quit\n');
        await exited;
      },
    };
  } catch (thrown) {
    child.kill('SIGKILL');
    throw thrown;
  }
}

function commandLine({ python }: Workshop, engine: Engine, job: string): [string, string[]] {
  if (engine === 'torch train' || engine === 'torch score') {
    if (python === undefined) throw new Error('there is no Python to run PyTorch with');
    return [python, [`bench/torch/${engine.slice(6)}.py`, job, '--serve']];
  }
  // The same bundle again, as a contender.
  return [process.execPath, [process.argv[1]!, 'contender', engine, job]];
}

/** A number that an answer must hold. */
export function numberIn(answer: Answer, key: string): number {
  const value = answer[key];
  if (typeof value !== 'number') throw new Error(`a contender's answer has no number ${key}`);
  return value;
}
