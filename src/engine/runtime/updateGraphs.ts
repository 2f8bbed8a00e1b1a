/** The small graphs that a GPU runs beside the model's own: what the CPU does in loops over its memory. */
import { Graph, type Shape, type Value } from '../graph/graph.ts';

const float = (shape: Shape): { dtype: 'float32'; shape: Shape } => ({ dtype: 'float32', shape });

/** `x` [n] → `y` [n], the same numbers: carries them from the host to the device, or back. */
export function copyGraph(): Graph {
  const g = new Graph();
  g.output('y', g.input('x', 'float32', ['n']));
  return g;
}

/** `a` + `b`, [n]: gathers the gradients of micro-batches. */
export function addGraph(): Graph {
  const g = new Graph();
  const [a, b] = [g.input('a', 'float32', ['n']), g.input('b', 'float32', ['n'])];
  g.output('y', g.op('Add', [a, b], float(['n'])));
  return g;
}

/**
 * A table's whole gradient from that of the rows that a batch used: row i of `y` is row `place`[i] of `rows` where
 * `used`[i] is 1, and 0 where it is 0. A Gather, since scattering onto rows is not the same bits on every device.
 * `rows` [unique, width], `place` [table] int32, `used` [table, 1] → `y` [table, width].
 */
export function spreadRowsGraph(): Graph {
  const g = new Graph();
  const rows = g.input('rows', 'float32', ['unique', 'width']);
  const place = g.input('place', 'int32', ['table']);
  const used = g.input('used', 'float32', ['table', 1]);
  const gathered = g.op('Gather', [rows, place], float(['table', 'width']), { axis: 0 });
  g.output('y', g.op('Mul', [gathered, used], float(['table', 'width'])));
  return g;
}

/**
 * Σ x² of each input: `squares` [count]. Rows first, then their sums: one reduction over millions of numbers would run
 * in a single work group. The host adds them up in float64.
 * @param shapes [rows, columns] of each input, named by {@link squaresInput}.
 */
export function squaresGraph(shapes: readonly (readonly [number, number])[]): Graph {
  const g = new Graph();
  const sums = shapes.map(([rows, columns], i) => {
    const x = g.input(squaresInput(i), 'float32', [rows, columns]);
    const squared = g.op('Mul', [x, x], float([rows, columns]));
    const perRow = g.op('ReduceSum', [squared, g.ints([1])], float([rows]), { keepdims: 0 });
    return rows === 1 ? perRow : g.op('ReduceSum', [perRow, g.ints([0])], float([1]), { keepdims: 1 });
  });
  g.output('squares', g.op('Concat', sums, float([shapes.length]), { axis: 0 }));
  return g;
}

/** Name of the i-th input of {@link squaresGraph}. */
export function squaresInput(i: number): string {
  return `x${String(i)}`;
}

/** What {@link adamwGraph} is fed beside a parameter's arrays, each [1]. */
export const adamwConstants = [
  'gradient scale',
  'decay',
  'one minus beta1',
  'beta2',
  'one minus beta2',
  'step size',
  'root correction',
  'epsilon',
] as const;

export type AdamWConstant = (typeof adamwConstants)[number];

/**
 * Cuts `constants` [{@link adamwConstants}.length] into one output per constant, so that they go up once a step. In two
 * halves: with eight results a kernel would use nine arrays, one more than every adapter allows.
 */
export function constantsGraph(): Graph {
  const g = new Graph();
  const all = g.input('constants', 'float32', [adamwConstants.length]);
  const half = adamwConstants.length / 2;
  const halves = g.node('Split', [all], [float([half]), float([half])], { axis: 0 });
  const parts = halves.flatMap((values) =>
    g.node(
      'Split',
      [values],
      Array.from({ length: half }, () => float([1])),
      { axis: 0 },
    ),
  );
  adamwConstants.forEach((name, i) => g.output(name, parts[i]!));
  return g;
}

/**
 * One AdamW step on an array of any size, in the order of operations of assembly/kernels.ts.
 * `value`, `gradient`, `mean`, `variance` [n] and {@link adamwConstants} → `new value`, `new mean`, `new variance`.
 * @param decays Whether weights decay at all; where not, `decay` is no input.
 */
export function adamwGraph(decays: boolean): Graph {
  const g = new Graph();
  const input = (name: string): Value => g.input(name, 'float32', ['n']);
  const [value, gradient, mean, variance] = [input('value'), input('gradient'), input('mean'), input('variance')];
  const constant = (name: AdamWConstant): Value => g.input(name, 'float32', [1]);
  const op = (type: string, ...inputs: Value[]): Value => g.op(type, inputs, float(['n']));

  const scaled = op('Mul', gradient, constant('gradient scale'));
  const newMean = op('Add', mean, op('Mul', op('Sub', scaled, mean), constant('one minus beta1')));
  const squared = op('Mul', op('Mul', scaled, scaled), constant('one minus beta2'));
  const newVariance = op('Add', op('Mul', variance, constant('beta2')), squared);
  const root = op('Div', op('Sqrt', newVariance), constant('root correction'));
  const denominator = op('Add', root, constant('epsilon'));
  const step = op('Div', op('Mul', newMean, constant('step size')), denominator);
  const kept = decays ? op('Mul', value, constant('decay')) : value;
  g.output('new value', op('Sub', kept, step));
  g.output('new mean', newMean);
  g.output('new variance', newVariance);
  return g;
}
