import { setTimeout as sleep } from 'node:timers/promises';
import { quantile } from '../src/core/metrics/intervals.ts';
import { numberIn, type Contender } from './contender.ts';

/** One contender's share of a block. */
export interface Lap {
  readonly seconds: number;
  readonly examples: number;
}

/** Laps by contender's name. */
export type Block = Readonly<Record<string, Lap>>;

/** Threads of the one before still spin for a moment when a contender has answered. */
const breathMilliseconds = 100;

/**
 * Lets contenders work in turns, in short blocks, so that a machine that is slower for a while is slower for all of them.
 * Who begins moves on from block to block.
 * @param steps How many steps or batches a contender does in a block.
 */
export async function interleave(
  contenders: readonly Contender[],
  blocks: number,
  steps: (contender: Contender, block: number) => number,
): Promise<Block[]> {
  const done: Block[] = [];
  for (let block = 0; block < blocks; block++) {
    const laps: Record<string, Lap> = {};
    for (let turn = 0; turn < contenders.length; turn++) {
      const contender = contenders[(block + turn) % contenders.length]!;
      await sleep(breathMilliseconds);
      const answer = await contender.ask(`run ${String(steps(contender, block))}`);
      laps[contender.name] = { seconds: numberIn(answer, 'seconds'), examples: numberIn(answer, 'examples') };
    }
    done.push(laps);
    process.stderr.write(`  block ${String(block + 1)} of ${String(blocks)}: ${describe(laps)}\n`);
  }
  return done;
}

function describe(laps: Block): string {
  return Object.entries(laps)
    .map(([name, { seconds, examples }]) => `${name} ${(examples / seconds).toFixed(1)}`)
    .join(', ')
    .concat(' examples/s');
}

/** Smallest, middle and largest of the blocks' ratios; `overall` is the ratio of the sums. */
export interface Ratios {
  readonly minimum: number;
  readonly median: number;
  readonly maximum: number;
  readonly overall: number;
}

/**
 * How many times as many examples per second `ours` did as `other`, block by block.
 * The first block warms up (memory is allocated, code compiled) and is left out where there are more.
 */
export function speedRatios(blocks: readonly Block[], ours: string, other: string): Ratios {
  const counted = blocks.length > 1 ? blocks.slice(1) : blocks;
  const speed = ({ seconds, examples }: Lap): number => examples / seconds;
  const ratios = counted.map((block) => speed(block[ours]!) / speed(block[other]!));
  const sum = (name: string): Lap => ({
    seconds: counted.reduce((total, block) => total + block[name]!.seconds, 0),
    examples: counted.reduce((total, block) => total + block[name]!.examples, 0),
  });
  return {
    minimum: Math.min(...ratios),
    median: quantile(ratios, 0.5),
    maximum: Math.max(...ratios),
    overall: speed(sum(ours)) / speed(sum(other)),
  };
}

/** Examples per second of one contender over all blocks but the first. */
export function examplesPerSecond(blocks: readonly Block[], name: string): number {
  const counted = blocks.length > 1 ? blocks.slice(1) : blocks;
  return (
    counted.reduce((total, block) => total + block[name]!.examples, 0) /
    counted.reduce((total, block) => total + block[name]!.seconds, 0)
  );
}
