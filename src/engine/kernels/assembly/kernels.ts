// Loops over parameters, compiled to WebAssembly SIMD (AssemblyScript). Pointers are byte offsets into the imported
// memory, aligned to 16; lengths are in elements and need not be multiples of 4. Every loop runs in one fixed order, so
// results are the same bits on every machine.

/**
 * One AdamW step (Loshchilov & Hutter 2019), in the order of PyTorch's torch.optim.AdamW:
 * p ← p·(1 − lr·decay); m ← m + (1 − β1)(g − m); v ← β2·v + (1 − β2)g²; p ← p − stepSize · m / (√v / √(1 − β2ᵗ) + ε).
 * @param gradientScale multiplies every gradient first (clipping).
 * @param oneMinusBeta1 1 − β1, taken in float64 and then rounded, as PyTorch does: taken in float32, 1 − 0.999 is 1.3e-5 off.
 * @param oneMinusBeta2 likewise
 * @param stepSize lr / (1 − β1ᵗ)
 * @param rootCorrection √(1 − β2ᵗ)
 */
export function adamw(
  p: usize, g: usize, m: usize, v: usize, n: i32,
  gradientScale: f32, decay: f32, oneMinusBeta1: f32, beta2: f32, oneMinusBeta2: f32,
  stepSize: f32, rootCorrection: f32, epsilon: f32,
): void {
  const scale4 = f32x4.splat(gradientScale);
  const decay4 = f32x4.splat(decay);
  const oneMinusBeta14 = f32x4.splat(oneMinusBeta1);
  const beta24 = f32x4.splat(beta2);
  const oneMinusBeta24 = f32x4.splat(oneMinusBeta2);
  const step4 = f32x4.splat(stepSize);
  const root4 = f32x4.splat(rootCorrection);
  const epsilon4 = f32x4.splat(epsilon);
  const whole = n & ~3;
  for (let i = 0; i < whole; i += 4) {
    const at = (<usize>i) << 2;
    const gradient = f32x4.mul(v128.load(g + at), scale4);
    let mean = v128.load(m + at);
    mean = f32x4.add(mean, f32x4.mul(oneMinusBeta14, f32x4.sub(gradient, mean)));
    v128.store(m + at, mean);
    const variance = f32x4.add(
      f32x4.mul(v128.load(v + at), beta24),
      f32x4.mul(oneMinusBeta24, f32x4.mul(gradient, gradient)),
    );
    v128.store(v + at, variance);
    const denominator = f32x4.add(f32x4.div(f32x4.sqrt(variance), root4), epsilon4);
    const weight = f32x4.mul(v128.load(p + at), decay4);
    v128.store(p + at, f32x4.sub(weight, f32x4.div(f32x4.mul(step4, mean), denominator)));
  }
  for (let i = whole; i < n; i++) {
    const at = (<usize>i) << 2;
    const gradient = load<f32>(g + at) * gradientScale;
    let mean = load<f32>(m + at);
    mean = mean + oneMinusBeta1 * (gradient - mean);
    store<f32>(m + at, mean);
    const variance = load<f32>(v + at) * beta2 + oneMinusBeta2 * (gradient * gradient);
    store<f32>(v + at, variance);
    const denominator = sqrt<f32>(variance) / rootCorrection + epsilon;
    store<f32>(p + at, load<f32>(p + at) * decay - (stepSize * mean) / denominator);
  }
}

/** Σ x², accumulated in four float64 lanes. */
export function sumOfSquares(x: usize, n: i32): f64 {
  let low = f64x2.splat(0);
  let high = f64x2.splat(0);
  const whole = n & ~3;
  for (let i = 0; i < whole; i += 4) {
    const values = v128.load(x + ((<usize>i) << 2));
    const a = f64x2.promote_low_f32x4(values);
    const b = f64x2.promote_low_f32x4(v128.shuffle<i32>(values, values, 2, 3, 2, 3));
    low = f64x2.add(low, f64x2.mul(a, a));
    high = f64x2.add(high, f64x2.mul(b, b));
  }
  let sum = f64x2.extract_lane(low, 0) + f64x2.extract_lane(low, 1)
    + f64x2.extract_lane(high, 0) + f64x2.extract_lane(high, 1);
  for (let i = whole; i < n; i++) {
    const value = <f64>load<f32>(x + ((<usize>i) << 2));
    sum += value * value;
  }
  return sum;
}

/**
 * Dropout masks by a counter-based generator: element i keeps its value when a 16-bit number drawn from (key, i) is at
 * least `threshold`. Word j of the stream is mix(mix(j + keyLow) ^ keyHigh), where mix is the 32-bit finaliser
 * "lowbias32" (Wellons); it gives elements 2j (low half) and 2j + 1 (high half).
 * Integer arithmetic only, so the bits are the same on every device.
 * @param out n float32: `keep` where kept, else 0.
 */
export function dropoutMask(out: usize, n: i32, keyLow: i32, keyHigh: i32, threshold: i32, keep: f32): void {
  const keep4 = f32x4.splat(keep);
  const threshold4 = i32x4.splat(threshold);
  const half = i32x4.splat(0xffff);
  const high = i32x4.splat(keyHigh);
  let counter = i32x4.add(i32x4.splat(keyLow), i32x4(0, 1, 2, 3));
  const four = i32x4.splat(4);
  const whole = n & ~7;
  for (let i = 0; i < whole; i += 8) {
    const word = mix4(v128.xor(mix4(counter), high));
    counter = i32x4.add(counter, four);
    const even = v128.and(keep4, i32x4.ge_s(v128.and(word, half), threshold4));
    const odd = v128.and(keep4, i32x4.ge_s(i32x4.shr_u(word, 16), threshold4));
    const at = out + ((<usize>i) << 2);
    v128.store(at, v128.shuffle<i32>(even, odd, 0, 4, 1, 5));
    v128.store(at + 16, v128.shuffle<i32>(even, odd, 2, 6, 3, 7));
  }
  for (let i = whole; i < n; i++) {
    const word = mix(mix(keyLow + (i >> 1)) ^ keyHigh);
    const bits = (i & 1) == 0 ? word & 0xffff : word >>> 16;
    store<f32>(out + ((<usize>i) << 2), bits >= threshold ? keep : 0);
  }
}

// @ts-ignore: decorator
@inline
function mix4(x: v128): v128 {
  x = v128.xor(x, i32x4.shr_u(x, 16));
  x = i32x4.mul(x, i32x4.splat(0x7feb352d));
  x = v128.xor(x, i32x4.shr_u(x, 15));
  x = i32x4.mul(x, i32x4.splat(0x846ca68b));
  return v128.xor(x, i32x4.shr_u(x, 16));
}

// @ts-ignore: decorator
@inline
function mix(x: i32): i32 {
  x ^= x >>> 16;
  x *= 0x7feb352d;
  x ^= x >>> 15;
  x *= 0x846ca68b;
  return x ^ (x >>> 16);
}
