/**
 * The operations models and losses are built from, each with its gradient. Everything is written in plain ONNX operators
 * (and ONNX Runtime's FusedMatMul, which spares explicit transposes), so that one graph runs on every device.
 */
import type { Dim, Graph, Shape, Value } from './graph.ts';

/** Elementwise a + b with NumPy broadcasting. */
export function add(g: Graph, a: Value, b: Value): Value {
  const y = binary(g, 'Add', a, b);
  return g.record([a, b], y, (dy, needs) => [
    needs(a) ? unbroadcast(g, dy, a.shape) : undefined,
    needs(b) ? unbroadcast(g, dy, b.shape) : undefined,
  ]);
}

/** Elementwise a − b with NumPy broadcasting. */
export function sub(g: Graph, a: Value, b: Value): Value {
  const y = binary(g, 'Sub', a, b);
  return g.record([a, b], y, (dy, needs) => [
    needs(a) ? unbroadcast(g, dy, a.shape) : undefined,
    needs(b) ? unbroadcast(g, neg(g, dy), b.shape) : undefined,
  ]);
}

/** Elementwise a · b with NumPy broadcasting. */
export function mul(g: Graph, a: Value, b: Value): Value {
  const y = binary(g, 'Mul', a, b);
  return g.record([a, b], y, (dy, needs) => [
    needs(a) ? unbroadcast(g, binary(g, 'Mul', dy, b), a.shape) : undefined,
    needs(b) ? unbroadcast(g, binary(g, 'Mul', dy, a), b.shape) : undefined,
  ]);
}

/** x · factor for a constant factor. */
export function scale(g: Graph, x: Value, factor: number): Value {
  return mul(g, x, g.scalar(factor));
}

/** −x. */
export function neg(g: Graph, x: Value): Value {
  const y = unary(g, 'Neg', x);
  return g.record([x], y, (dy) => [unary(g, 'Neg', dy)]);
}

/** eˣ. */
export function exp(g: Graph, x: Value): Value {
  const y = unary(g, 'Exp', x);
  return g.record([x], y, (dy) => [binary(g, 'Mul', dy, y)]);
}

/** ln x, x > 0. */
export function log(g: Graph, x: Value): Value {
  const y = unary(g, 'Log', x);
  return g.record([x], y, (dy) => [binary(g, 'Div', dy, x)]);
}

/** tanh x. */
export function tanh(g: Graph, x: Value): Value {
  const y = unary(g, 'Tanh', x);
  return g.record([x], y, (dy) => {
    const slope = binary(g, 'Sub', g.scalar(1), binary(g, 'Mul', y, y));
    return [binary(g, 'Mul', dy, slope)];
  });
}

/** max(x, 0); the gradient at 0 is 0, as in PyTorch. (WebGPU has no kernel for Sign.) */
export function relu(g: Graph, x: Value): Value {
  const y = unary(g, 'Relu', x);
  return g.record([x], y, (dy) => {
    const positive = g.op('Greater', [y, g.scalar(0)], { dtype: 'bool', shape: y.shape });
    return [binary(g, 'Mul', dy, g.op('Cast', [positive], float(y.shape), { to: 1 }))];
  });
}

/**
 * GELU, the exact form x·Φ(x) (Hendrycks & Gimpel 2016), not the tanh approximation.
 * With s = x/√2: the slope is ½·(1 + erf s + s·(2/√π)·e^(−s²)). Forward it is written as ½·(x·(1 + erf(x/√2))), node by
 * node, which ONNX Runtime knows and fuses where no gradient is wanted.
 */
export function gelu(g: Graph, x: Value): Value {
  const s = binary(g, 'Div', x, g.scalar(Math.SQRT2));
  const twicePhi = binary(g, 'Add', unary(g, 'Erf', s), g.scalar(1));
  const y = binary(g, 'Mul', binary(g, 'Mul', x, twicePhi), g.scalar(0.5));
  return g.record([x], y, (dy) => {
    // The factor 2/√π goes into the exponent: one pass over the tensor less.
    const exponent = binary(g, 'Sub', g.scalar(Math.log(2 / Math.sqrt(Math.PI))), binary(g, 'Mul', s, s));
    const twiceSlope = binary(g, 'Add', twicePhi, binary(g, 'Mul', s, unary(g, 'Exp', exponent)));
    return [binary(g, 'Mul', binary(g, 'Mul', dy, twiceSlope), g.scalar(0.5))];
  });
}

/** x with no gradient behind it (a constant as far as differentiation goes). */
export function stopGradient(g: Graph, x: Value): Value {
  return unary(g, 'Identity', x);
}

/** x limited to [min, max]. Carries no gradient: it is meant for weights, which are constants. */
export function clipDetached(g: Graph, x: Value, min: number, max: number): Value {
  return g.op('Clip', [x, g.scalar(min), g.scalar(max)], float(x.shape));
}

/**
 * x·Wᵀ + b, PyTorch's Linear.
 * @param x [rows, in]
 * @param weight [out, in], as Hugging Face stores it.
 * @param bias [out]
 * @returns [rows, out]
 */
export function linear(g: Graph, x: Value, weight: Value, bias: Value): Value {
  const y = g.op('Gemm', [x, weight, bias], float([x.shape[0]!, weight.shape[0]!]), { transB: 1 });
  return g.record([x, weight, bias], y, (dy, needs) => [
    needs(x) ? g.op('Gemm', [dy, weight], float(x.shape)) : undefined,
    needs(weight) ? g.op('Gemm', [dy, x], float(weight.shape), { transA: 1 }) : undefined,
    needs(bias) ? unbroadcast(g, dy, bias.shape) : undefined,
  ]);
}

/**
 * Batched matrix product over the last two axes, α·a·b or α·a·bᵀ.
 * @param a [..., m, k]
 * @param b [..., k, n], or [..., n, k] with `transposeB`. The leading axes equal a's.
 */
export function matmul(g: Graph, a: Value, b: Value, { transposeB = false, alpha = 1 } = {}): Value {
  const n = b.shape[b.shape.length - (transposeB ? 2 : 1)]!;
  const y = fusedMatMul(g, a, b, [...a.shape.slice(0, -1), n], { transB: transposeB, alpha });
  return g.record([a, b], y, (dy, needs) => [
    needs(a) ? fusedMatMul(g, dy, b, a.shape, { transB: !transposeB, alpha }) : undefined,
    needs(b)
      ? transposeB
        ? fusedMatMul(g, dy, a, b.shape, { transA: true, alpha })
        : fusedMatMul(g, a, dy, b.shape, { transA: true, alpha })
      : undefined,
  ]);
}

/** Axes reordered as in NumPy's transpose. */
export function transpose(g: Graph, x: Value, order: readonly number[]): Value {
  const move = (value: Value, perm: readonly number[]): Value =>
    g.op('Transpose', [value], { dtype: value.dtype, shape: perm.map((axis) => value.shape[axis]!) }, { perm });
  const y = move(x, order);
  const back = order.map((_, axis) => order.indexOf(axis));
  return g.record([x], y, (dy) => [move(dy, back)]);
}

/** The same elements in another shape. Named dimensions must be bound, all but one of them. */
export function reshape(g: Graph, x: Value, shape: Shape): Value {
  const to = (value: Value, target: Shape): Value =>
    g.op('Reshape', [value, g.shapeVector(target)], { dtype: value.dtype, shape: target });
  const y = to(x, shape);
  return g.record([x], y, (dy) => [to(dy, x.shape)]);
}

/** Softmax over the last axis. */
export function softmax(g: Graph, x: Value): Value {
  const y = g.op('Softmax', [x], float(x.shape), { axis: -1 });
  return g.record([x], y, (dy) => {
    const inner = reduce(g, 'ReduceSum', binary(g, 'Mul', dy, y), [x.shape.length - 1], true);
    return [binary(g, 'Mul', binary(g, 'Sub', dy, inner), y)];
  });
}

/**
 * log softmax over the last axis, by subtracting the maximum first. Written out because ONNX Runtime's LogSoftmax has no
 * WebGPU kernel. The maximum carries no gradient: its two contributions cancel exactly.
 */
export function logSoftmax(g: Graph, x: Value): Value {
  const last = [x.shape.length - 1];
  const shifted = binary(g, 'Sub', x, reduce(g, 'ReduceMax', x, last, true));
  const y = binary(g, 'Sub', shifted, unary(g, 'Log', reduce(g, 'ReduceSum', unary(g, 'Exp', shifted), last, true)));
  return g.record([x], y, (dy) => {
    const total = reduce(g, 'ReduceSum', dy, last, true);
    return [binary(g, 'Sub', dy, binary(g, 'Mul', unary(g, 'Exp', y), total))];
  });
}

/**
 * Layer normalisation over the last axis (Ba et al. 2016), biased variance, as PyTorch's LayerNorm.
 * @param x [rows, hidden]
 * @param weight [hidden]
 * @param bias [hidden]
 */
export function layerNorm(g: Graph, x: Value, weight: Value, bias: Value, epsilon: number): Value {
  const perRow = float([x.shape[0]!, 1]);
  const [y, mean, inverseDeviation] = g.node(
    'LayerNormalization',
    [x, weight, bias],
    [float(x.shape), perRow, perRow],
    {
      axis: -1,
      epsilon: { float: epsilon },
    },
  ) as [Value, Value, Value];
  return g.record([x, weight, bias], y, (dy, needs) => {
    const normalised = binary(g, 'Mul', binary(g, 'Sub', x, mean), inverseDeviation);
    const dyNormalised = binary(g, 'Mul', dy, normalised);
    const scaled = binary(g, 'Mul', dy, weight);
    const meanOf = (value: Value): Value => reduce(g, 'ReduceMean', value, [1], true);
    const dx = (): Value =>
      binary(
        g,
        'Mul',
        binary(
          g,
          'Sub',
          binary(g, 'Sub', scaled, meanOf(scaled)),
          binary(g, 'Mul', normalised, meanOf(binary(g, 'Mul', scaled, normalised))),
        ),
        inverseDeviation,
      );
    return [
      needs(x) ? dx() : undefined,
      needs(weight) ? unbroadcast(g, dyNormalised, weight.shape) : undefined,
      needs(bias) ? unbroadcast(g, dy, bias.shape) : undefined,
    ];
  });
}

/**
 * Rows of a table. The gradient is not taken for the table but for its `unique` rows, as a dense [unique, width] matrix:
 * ScatterND with repeated indices races in ONNX Runtime on several threads, a product with a one-hot matrix does not.
 * @param table [vocabulary, width]
 * @param ids [tokens], int32
 * @param unique [unique], int32: every id that occurs in `ids`, once. Left out where no gradient is wanted.
 * @returns `output` [tokens, width], and `rows` [unique, width]: a stand-in to ask {@link gradients} for; it has no value.
 */
export function embedding(
  g: Graph,
  table: Value,
  ids: Value,
  unique: Value | undefined,
): { output: Value; rows: Value } {
  const width = table.shape[1]!;
  const output = g.op('Gather', [table, ids], float([ids.shape[0]!, width]), { axis: 0 });
  const rows: Value = { name: g.fresh(`${table.name}.rows`), dtype: 'float32', shape: [unique?.shape[0] ?? 0, width] };
  if (unique === undefined) return { output, rows };
  g.record([rows], output, (dy) => {
    const column = g.op('Unsqueeze', [unique, g.ints([1])], { dtype: 'int32', shape: [unique.shape[0]!, 1] });
    const shape = [unique.shape[0]!, ids.shape[0]!];
    const oneHot = g.op('Cast', [g.op('Equal', [column, ids], { dtype: 'bool', shape })], float(shape), { to: 1 });
    return [g.op('MatMul', [oneHot, dy], float(rows.shape))];
  });
  return { output, rows };
}

/**
 * The first element along axis 1: each row's CLS token.
 * @param x [batch, sequence, hidden]
 * @param isFirst [1, sequence, 1]: 1 at position 0, else 0. Left out where no gradient is wanted.
 * @returns [batch, hidden]
 */
export function firstToken(g: Graph, x: Value, isFirst: Value | undefined): Value {
  const [batch, , hidden] = x.shape as [Dim, Dim, Dim];
  const index = g.cached('index 0', () => g.op('Squeeze', [g.ints([0])], { dtype: 'int64', shape: [] }));
  const y = g.op('Gather', [x, index], float([batch, hidden]), { axis: 1 });
  if (isFirst === undefined) return y;
  return g.record([x], y, (dy) => {
    const spread = g.op('Unsqueeze', [dy, g.ints([1])], float([batch, 1, hidden]));
    return [binary(g, 'Mul', spread, isFirst)];
  });
}

/** Sum over some axes. */
export function reduceSum(g: Graph, x: Value, axes: readonly number[], keepDims = false): Value {
  const y = reduce(g, 'ReduceSum', x, axes, keepDims);
  return g.record([x], y, (dy) => {
    const kept = keepDims
      ? dy
      : g.op('Unsqueeze', [dy, g.ints(axes)], float(x.shape.map((dim, i) => (axes.includes(i) ? 1 : dim))));
    return [g.op('Expand', [kept, runtimeShape(g, x)], float(x.shape))];
  });
}

/** Sums `x` down to `shape`, undoing a broadcast from `shape` to x's shape. */
function unbroadcast(g: Graph, x: Value, shape: Shape): Value {
  const extra = x.shape.length - shape.length;
  const leading = Array.from({ length: Math.max(0, extra) }, (_, i) => i);
  const stretched = shape.flatMap((dim, i) => (dim === 1 && x.shape[i + extra] !== 1 ? [i + extra] : []));
  let y = x;
  if (stretched.length > 0) y = reduce(g, 'ReduceSum', y, stretched, true);
  if (leading.length > 0) y = reduce(g, 'ReduceSum', y, leading, false);
  return y;
}

function unary(g: Graph, opType: string, x: Value): Value {
  return g.op(opType, [x], { dtype: x.dtype, shape: x.shape });
}

function binary(g: Graph, opType: string, a: Value, b: Value): Value {
  return g.op(opType, [a, b], { dtype: a.dtype, shape: broadcast(a.shape, b.shape) });
}

function broadcast(a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const x = a[a.length - rank + i] ?? 1;
    const y = b[b.length - rank + i] ?? 1;
    if (x !== y && x !== 1 && y !== 1) throw new Error(`shapes [${a.join()}] and [${b.join()}] do not broadcast`);
    return x === 1 ? y : x;
  });
}

function reduce(
  g: Graph,
  opType: 'ReduceSum' | 'ReduceMean' | 'ReduceMax',
  x: Value,
  axes: readonly number[],
  keepDims: boolean,
): Value {
  const shape = x.shape.flatMap((dim, i) => (axes.includes(i) ? (keepDims ? [1] : []) : [dim]));
  const keepdims = keepDims ? 1 : 0;
  // In opset 17 only ReduceSum takes its axes as an input.
  return opType === 'ReduceSum'
    ? g.op(opType, [x, g.ints(axes)], float(shape), { keepdims })
    : g.op(opType, [x], float(shape), { axes, keepdims });
}

function runtimeShape(g: Graph, x: Value): Value {
  return g.cached(`shape of ${x.name}`, () => g.op('Shape', [x], { dtype: 'int64', shape: [x.shape.length] }));
}

function fusedMatMul(
  g: Graph,
  a: Value,
  b: Value,
  shape: Shape,
  { transA = false, transB = false, alpha = 1 }: { transA?: boolean; transB?: boolean; alpha?: number },
): Value {
  const attributes = { transA: transA ? 1 : 0, transB: transB ? 1 : 0, alpha: { float: alpha } };
  return g.op('FusedMatMul', [a, b], float(shape), attributes, 'com.microsoft');
}

function float(shape: Shape): { dtype: 'float32'; shape: Shape } {
  return { dtype: 'float32', shape };
}
