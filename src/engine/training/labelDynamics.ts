/**
 * What the forward passes of a training itself say of each row's label: training dynamics (Swayamdipta et al. 2020,
 * "Dataset Cartography"). They cost nothing: the logits of every micro-batch come back from the device as it is.
 */

/** Of the last time that each row was used; after an epoch, all of that epoch. */
export interface LabelDynamics {
  /** [rows] log P̂θ(y|x) with dropout as the step had it, natural logarithm; NaN for a row that was not used yet. */
  readonly logProbability: Float32Array;
  /** [rows] 1 where no label was likelier than the row's own. */
  readonly correct: Uint8Array;
}

/** Nothing is known of any row. */
export function noDynamics(rows: number): LabelDynamics {
  return { logProbability: new Float32Array(rows).fill(NaN), correct: new Uint8Array(rows) };
}

/** A copy that later steps leave alone. */
export function copyDynamics({ logProbability, correct }: LabelDynamics): LabelDynamics {
  return { logProbability: logProbability.slice(), correct: correct.slice() };
}

/**
 * Notes what a forward pass said of its rows.
 *
 * @param indices The rows of the pass.
 * @param labelIds Of all rows.
 * @param logits [indices, labels], of the pass.
 */
export function noteDynamics(
  { logProbability, correct }: LabelDynamics,
  indices: Int32Array,
  labelIds: Int32Array,
  logits: Float32Array,
): void {
  const labels = logits.length / indices.length;
  indices.forEach((row, i) => {
    const own = logits[i * labels + labelIds[row]!]!;
    let most = -Infinity;
    for (let label = 0; label < labels; label++) most = Math.max(most, logits[i * labels + label]!);
    let sum = 0;
    for (let label = 0; label < labels; label++) sum += Math.exp(logits[i * labels + label]! - most);
    logProbability[row] = own - most - Math.log(sum);
    correct[row] = own === most ? 1 : 0;
  });
}
