/**
 * A typed builder of ONNX graphs that records, for each operation, how gradients flow back through it (a tape).
 * Shapes are symbolic: a dimension is a number or a name ("batch", "sequence", …) bound when the graph runs.
 */
export type DType = 'float32' | 'float16' | 'int64' | 'int32' | 'bool' | 'uint8';

/** A size known now, or the name of one known when the graph runs. */
export type Dim = number | string;
export type Shape = readonly Dim[];

/** The result of an operation, an input or a constant: a name in the ONNX graph. */
export interface Value {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: Shape;
}

export type Attribute = number | { readonly float: number } | string | readonly number[];

export interface Node {
  readonly opType: string;
  /** '' is the standard ONNX operator set, 'com.microsoft' ONNX Runtime's own. */
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, Attribute>>;
}

export interface Constant {
  readonly value: Value;
  readonly data: Float32Array | BigInt64Array | Int32Array | Uint8Array;
}

/**
 * How gradients flow back through one operation with a single output: given the output's gradient, and a test for which
 * inputs need one, returns one gradient per input (undefined where none is needed).
 */
export type Backward = (gradient: Value, needs: (input: Value) => boolean) => readonly (Value | undefined)[];

/** One recorded operation. */
export interface TapeEntry {
  readonly inputs: readonly Value[];
  readonly output: Value;
  readonly backward: Backward;
}

export class Graph {
  readonly nodes: Node[] = [];
  readonly inputs: Value[] = [];
  readonly outputs: Value[] = [];
  readonly constants: Constant[] = [];
  readonly tape: TapeEntry[] = [];
  private counter = 0;
  private readonly cache = new Map<string, Value>();
  private readonly dimensions = new Map<string, Value>();
  private readonly values = new Map<string, Value>();

  /** A value that the caller feeds at every run. */
  input(name: string, dtype: DType, shape: Shape): Value {
    const value = this.known({ name, dtype, shape });
    this.inputs.push(value);
    return value;
  }

  /** Marks a value as a result, under the name by which it is fetched. */
  output(name: string, value: Value): Value {
    const named = this.op('Identity', [value], { dtype: value.dtype, shape: value.shape, name });
    this.outputs.push(named);
    return named;
  }

  /** Float32 data stored in the file. */
  tensor(shape: readonly number[], data: Float32Array, name = this.fresh('constant')): Value {
    const value = this.known({ name, dtype: 'float32', shape });
    this.constants.push({ value, data });
    return value;
  }

  /** A scalar; equal ones are shared. */
  scalar(x: number): Value {
    return this.cached(`scalar ${String(x)}`, () => this.tensor([], Float32Array.of(x)));
  }

  /** A vector of 64-bit integers (shapes, axes, …); equal ones are shared. */
  ints(values: readonly number[]): Value {
    return this.cached(`ints ${values.join(',')}`, () => {
      const value = this.known({ name: this.fresh('ints'), dtype: 'int64', shape: [values.length] });
      this.constants.push({ value, data: BigInt64Array.from(values, BigInt) });
      return value;
    });
  }

  /** Says how to get a named dimension at run time: a vector of one int64. */
  bindDimension(name: string, value: Value): void {
    this.dimensions.set(name, value);
  }

  /** A run-time vector of int64 holding `shape`. One unknown dimension is written as −1, more are looked up. */
  shapeVector(shape: Shape): Value {
    const named = shape.filter((dim) => typeof dim === 'string');
    if (named.length <= 1) return this.ints(shape.map((dim) => (typeof dim === 'string' ? -1 : dim)));
    return this.cached(`shape ${shape.join(',')}`, () => {
      const parts = shape.map((dim) => {
        if (typeof dim === 'number') return this.ints([dim]);
        const bound = this.dimensions.get(dim);
        if (bound === undefined) throw new Error(`dimension ${dim} was never bound`);
        return bound;
      });
      return this.op('Concat', parts, { dtype: 'int64', shape: [shape.length] }, { axis: 0 });
    });
  }

  /** Adds one ONNX node with one output and no gradient. */
  op(
    opType: string,
    inputs: readonly (Value | undefined)[],
    output: { dtype: DType; shape: Shape; name?: string },
    attributes: Readonly<Record<string, Attribute>> = {},
    domain = '',
  ): Value {
    return this.node(opType, inputs, [output], attributes, domain)[0]!;
  }

  /** Adds one ONNX node without a gradient. Outputs are named here unless a name is given. */
  node(
    opType: string,
    inputs: readonly (Value | undefined)[],
    outputs: readonly { dtype: DType; shape: Shape; name?: string }[],
    attributes: Readonly<Record<string, Attribute>> = {},
    domain = '',
  ): readonly Value[] {
    const values = outputs.map(({ dtype, shape, name }) =>
      this.known({ name: name ?? this.fresh(opType), dtype, shape }),
    );
    this.nodes.push({
      opType,
      domain,
      inputs: inputs.map((value) => value?.name ?? ''),
      outputs: values.map((value) => value.name),
      attributes,
    });
    return values;
  }

  /** Records how gradients flow back from `output` to `inputs`; returns `output`. */
  record(inputs: readonly Value[], output: Value, backward: Backward): Value {
    this.tape.push({ inputs, output, backward });
    return output;
  }

  /** Builds a value once per key: shared subexpressions cost nothing twice. */
  cached(key: string, make: () => Value): Value {
    let value = this.cache.get(key);
    if (value === undefined) {
      value = make();
      this.cache.set(key, value);
    }
    return value;
  }

  /** What a name in this graph stands for. */
  valueOf(name: string): Value {
    const value = this.values.get(name);
    if (value === undefined) throw new Error(`the graph has no value ${name}`);
    return value;
  }

  /** The same graph once more, to be rewritten for one device; the data of constants are shared. */
  copy(): Graph {
    const copy = new Graph();
    copy.nodes.push(...this.nodes);
    copy.inputs.push(...this.inputs);
    copy.outputs.push(...this.outputs);
    copy.constants.push(...this.constants);
    copy.tape.push(...this.tape);
    copy.counter = this.counter;
    for (const [key, value] of this.cache) copy.cache.set(key, value);
    for (const [name, value] of this.dimensions) copy.dimensions.set(name, value);
    for (const [name, value] of this.values) copy.values.set(name, value);
    return copy;
  }

  /** A name not used before. */
  fresh(kind: string): string {
    return `${kind}_${String(this.counter++)}`;
  }

  private known(value: Value): Value {
    this.values.set(value.name, value);
    return value;
  }
}
