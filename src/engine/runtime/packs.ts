/**
 * Small parameters share one array on a GPU. AdamW then takes as many launches for a hundred of them as for one, and a
 * launch costs more than the few thousand numbers that it works on.
 */
import type { Graph, Shape, Value } from '../graph/graph.ts';
import { gradientName, type TrainingParameter } from '../training/trainingGraph.ts';

/** Parameters that lie one after the other in one array, in order. */
export interface Pack {
  readonly parameters: readonly TrainingParameter[];
  /** Length of the array; behind the last parameter it is filled up with zeros. */
  readonly elements: number;
  /** Shape under which the array is summed up: [rows, columns]. */
  readonly matrix: readonly [number, number];
  /** Whether weight decay applies. */
  readonly decay: boolean;
  /** Name of the graph's input that carries the array, and of its shape. */
  readonly input: string;
  readonly shape: readonly number[];
}

/** Larger parameters, 4 MB and more, stay by themselves: their launches are paid for by their work. */
const largestPacked = 2 ** 20;
/** 64 MB: every adapter takes arrays of twice that. */
const largestPack = 2 ** 24;
/** Packs are whole rows of so many numbers. */
const columns = 1024;
/** Results of one Split: with its input, the eight arrays that every adapter lets a kernel use. */
const splitResults = 7;

/** Puts small parameters together: those that decay, and those that do not. */
export function packParameters(parameters: readonly TrainingParameter[]): Pack[] {
  const packs: Pack[] = [];
  for (const decay of [true, false]) {
    let open: TrainingParameter[] = [];
    let size = 0;
    const close = (): void => {
      if (open.length > 0) packs.push(packOf(open, decay, packs.length));
      [open, size] = [[], 0];
    };
    for (const parameter of parameters) {
      if (parameter.decay !== decay) continue;
      const length = elementsOf(parameter);
      if (parameter.rowsOf !== undefined || length > largestPacked) {
        packs.push(packOf([parameter], decay, packs.length));
        continue;
      }
      if (size + length > largestPack) close();
      open.push(parameter);
      size += length;
    }
    close();
  }
  return packs;
}

function packOf(parameters: readonly TrainingParameter[], decay: boolean, number: number): Pack {
  const [only, second] = parameters;
  if (only !== undefined && second === undefined) {
    const width = only.shape.at(-1) ?? 1;
    const elements = elementsOf(only);
    return { parameters, elements, matrix: [elements / width, width], decay, input: only.name, shape: only.shape };
  }
  const rows = Math.ceil(parameters.reduce((sum, parameter) => sum + elementsOf(parameter), 0) / columns);
  const elements = rows * columns;
  return { parameters, elements, matrix: [rows, columns], decay, input: `pack ${String(number)}`, shape: [elements] };
}

/** How many numbers a parameter has. */
export function elementsOf({ shape }: { readonly shape: readonly number[] }): number {
  return shape.reduce((a, b) => a * b, 1);
}

/** The array of a pack, from arrays of its parameters. */
export function joined(pack: Pack, arrayOf: (parameter: TrainingParameter) => Float32Array): Float32Array {
  const [only, second] = pack.parameters;
  if (only !== undefined && second === undefined) return arrayOf(only);
  const all = new Float32Array(pack.elements);
  let at = 0;
  for (const parameter of pack.parameters) {
    all.set(arrayOf(parameter), at);
    at += elementsOf(parameter);
  }
  return all;
}

/** The parts of a pack's array that are its parameters, as views. */
export function parts(pack: Pack, all: Float32Array): (readonly [string, Float32Array])[] {
  let at = 0;
  return pack.parameters.map((parameter) => {
    const start = at;
    at += elementsOf(parameter);
    return [parameter.name, all.subarray(start, at)] as const;
  });
}

/**
 * Rewrites a training graph in place: parameters come in, and gradients go out, packed. A pack of one parameter keeps
 * that parameter's input and output.
 */
export function usePacks(graph: Graph, packs: readonly Pack[]): void {
  for (const pack of packs.filter(({ parameters }) => parameters.length > 1)) {
    const names = new Set(pack.parameters.map(({ name }) => name));
    const gradients = new Set(pack.parameters.map(({ name }) => gradientName(name)));
    remove(graph.inputs, names);
    remove(graph.outputs, gradients);

    const nodesBefore = graph.nodes.splice(0);
    const input = graph.input(pack.input, 'float32', pack.shape);
    const padding = pack.elements - pack.parameters.reduce((sum, parameter) => sum + elementsOf(parameter), 0);
    const lengths = [...pack.parameters.map(elementsOf), ...(padding > 0 ? [padding] : [])];
    const flat = cut(graph, input, lengths);
    pack.parameters.forEach(({ name, shape }, i) => {
      graph.op('Reshape', [flat[i], graph.ints(shape)], { ...float(shape), name });
    });
    graph.nodes.push(...nodesBefore);

    const pieces = pack.parameters.map((parameter) => {
      const gradient = graph.valueOf(gradientName(parameter.name));
      const length = elementsOf(parameter);
      return graph.op('Reshape', [gradient, graph.ints([length])], float([length]));
    });
    if (padding > 0) pieces.push(graph.tensor([padding], new Float32Array(padding)));
    graph.output(gradientName(pack.input), graph.op('Concat', pieces, float([pack.elements]), { axis: 0 }));
  }
}

/** Cuts a vector into parts, by Splits of Splits where there are many. */
function cut(graph: Graph, whole: Value, lengths: readonly number[]): readonly Value[] {
  if (lengths.length === 1) return [whole];
  const perResult = Math.ceil(lengths.length / splitResults);
  const groups = Array.from({ length: Math.ceil(lengths.length / perResult) }, (_, i) =>
    lengths.slice(i * perResult, (i + 1) * perResult),
  );
  const sizes = groups.map((group) => group.reduce((a, b) => a + b, 0));
  const results = graph.node(
    'Split',
    [whole, graph.ints(sizes)],
    sizes.map((size) => float([size])),
    { axis: 0 },
  );
  return groups.flatMap((group, i) => cut(graph, results[i]!, group));
}

function remove(values: Value[], names: ReadonlySet<string>): void {
  const rest = values.filter(({ name }) => !names.has(name));
  values.splice(0, values.length, ...rest);
}

function float(shape: Shape): { dtype: 'float32'; shape: Shape } {
  return { dtype: 'float32', shape };
}
