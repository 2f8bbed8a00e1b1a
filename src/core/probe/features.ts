/** Feature matrices of the probe: dense rows (embeddings) and sparse ones (TF-IDF), and the two products it needs. */

/** Row-major [rowCount, columnCount]. */
export interface DenseMatrix {
  kind: 'dense';
  rowCount: number;
  columnCount: number;
  values: Float32Array | Float64Array;
}

/** Compressed sparse rows: row i has columns[rowStart[i] … rowStart[i+1]−1], ascending, with the values at the same places. */
export interface CsrMatrix {
  kind: 'csr';
  rowCount: number;
  columnCount: number;
  /** [rowCount + 1] */
  rowStart: Int32Array;
  columns: Int32Array;
  values: Float64Array;
}

export type Features = DenseMatrix | CsrMatrix;

/** A dense matrix over `values`, checked. */
export function denseMatrix(values: Float32Array | Float64Array, rowCount: number, columnCount: number): DenseMatrix {
  if (values.length !== rowCount * columnCount) {
    throw new RangeError(`features hold ${values.length} numbers, expected ${rowCount} × ${columnCount}`);
  }
  return { kind: 'dense', rowCount, columnCount, values };
}

/** A copy of the given rows, in the given order. */
export function selectRows(features: Features, rows: ArrayLike<number>): Features {
  const { columnCount } = features;
  const rowCount = rows.length;
  if (features.kind === 'dense') {
    const size = rowCount * columnCount;
    const values = features.values instanceof Float32Array ? new Float32Array(size) : new Float64Array(size);
    for (let i = 0; i < rowCount; i++) {
      values.set(features.values.subarray(rows[i] * columnCount, (rows[i] + 1) * columnCount), i * columnCount);
    }
    return { kind: 'dense', rowCount, columnCount, values };
  }
  const rowStart = new Int32Array(rowCount + 1);
  for (let i = 0; i < rowCount; i++) {
    rowStart[i + 1] = rowStart[i] + features.rowStart[rows[i] + 1] - features.rowStart[rows[i]];
  }
  const columns = new Int32Array(rowStart[rowCount]);
  const values = new Float64Array(rowStart[rowCount]);
  for (let i = 0; i < rowCount; i++) {
    const from = features.rowStart[rows[i]];
    const to = features.rowStart[rows[i] + 1];
    columns.set(features.columns.subarray(from, to), rowStart[i]);
    values.set(features.values.subarray(from, to), rowStart[i]);
  }
  return { kind: 'csr', rowCount, columnCount, rowStart, columns, values };
}

/**
 * out[i, m] = Σ_j features[i, j] · weights[m, j].
 *
 * @param weights [outputs, columnCount], row-major.
 * @param out [rowCount, outputs], overwritten.
 */
export function multiply(features: Features, weights: Float64Array, outputs: number, out: Float64Array): void {
  const { rowCount, columnCount: d } = features;
  if (features.kind === 'csr') {
    const { rowStart, columns, values } = features;
    for (let i = 0; i < rowCount; i++) {
      for (let m = 0; m < outputs; m++) {
        let sum = 0;
        for (let p = rowStart[i]; p < rowStart[i + 1]; p++) sum += values[p] * weights[m * d + columns[p]];
        out[i * outputs + m] = sum;
      }
    }
    return;
  }
  const x = features.values;
  // Four rows at a time: each weight is loaded once for four independent sums.
  let i = 0;
  for (; i + 4 <= rowCount; i += 4) {
    const a = i * d;
    const b = a + d;
    const c = b + d;
    const e = c + d;
    for (let m = 0; m < outputs; m++) {
      const w = m * d;
      let sa = 0;
      let sb = 0;
      let sc = 0;
      let se = 0;
      for (let j = 0; j < d; j++) {
        const weight = weights[w + j];
        sa += x[a + j] * weight;
        sb += x[b + j] * weight;
        sc += x[c + j] * weight;
        se += x[e + j] * weight;
      }
      out[i * outputs + m] = sa;
      out[(i + 1) * outputs + m] = sb;
      out[(i + 2) * outputs + m] = sc;
      out[(i + 3) * outputs + m] = se;
    }
  }
  for (; i < rowCount; i++) {
    for (let m = 0; m < outputs; m++) {
      let sum = 0;
      for (let j = 0; j < d; j++) sum += x[i * d + j] * weights[m * d + j];
      out[i * outputs + m] = sum;
    }
  }
}

/**
 * out[m, j] += Σ_i residual[i, m] · features[i, j].
 *
 * @param residual [rowCount, outputs], row-major.
 * @param out [outputs, columnCount], added to.
 */
export function addTransposedProduct(
  features: Features,
  residual: Float64Array,
  outputs: number,
  out: Float64Array,
): void {
  const { rowCount, columnCount: d } = features;
  if (features.kind === 'csr') {
    const { rowStart, columns, values } = features;
    for (let i = 0; i < rowCount; i++) {
      for (let m = 0; m < outputs; m++) {
        const r = residual[i * outputs + m];
        for (let p = rowStart[i]; p < rowStart[i + 1]; p++) out[m * d + columns[p]] += r * values[p];
      }
    }
    return;
  }
  const x = features.values;
  // Four rows at a time: each output is loaded and stored once for four rows.
  let i = 0;
  for (; i + 4 <= rowCount; i += 4) {
    const a = i * d;
    const b = a + d;
    const c = b + d;
    const e = c + d;
    for (let m = 0; m < outputs; m++) {
      const ra = residual[i * outputs + m];
      const rb = residual[(i + 1) * outputs + m];
      const rc = residual[(i + 2) * outputs + m];
      const re = residual[(i + 3) * outputs + m];
      const o = m * d;
      for (let j = 0; j < d; j++) {
        out[o + j] += ra * x[a + j] + rb * x[b + j] + (rc * x[c + j] + re * x[e + j]);
      }
    }
  }
  for (; i < rowCount; i++) {
    for (let m = 0; m < outputs; m++) {
      const r = residual[i * outputs + m];
      for (let j = 0; j < d; j++) out[m * d + j] += r * x[i * d + j];
    }
  }
}
