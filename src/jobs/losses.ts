/**
 * The losses of METHOD: each writes itself into the training graph. Weights are constants: no gradient flows through them.
 * To add one: write a LossFunction here, name it in {@link LossName}, and say in {@link lossFor} which row inputs it reads.
 */
import type { LossFunction } from '../engine/training/trainingGraph.ts';
import { crossEntropy } from '../engine/training/trainingGraph.ts';
import * as ops from '../engine/graph/ops.ts';

/** −log P̂θ(y|x) times a weight that comes with the row (`weight`): IMP, quality, filter, random. */
export const weightedCrossEntropy: LossFunction = ({ graph: g, labelLogProbability, rowInput }) => {
  const rowWeight = rowInput('weight');
  return { rowLoss: ops.mul(g, rowWeight, ops.neg(g, labelLogProbability)), rowWeight };
};

/**
 * DIMP-Loss (Kuo et al. 2025): w = (P̂'(y|x) / P̂θ(y|x))^γ with P̂θ from this very forward pass, dropout on, detached.
 * Row input `logP`: log P̂'(y|x). log w is clipped to `clip` before exp.
 */
export function dimp(gamma: number, clip: { readonly min: number; readonly max: number }): LossFunction {
  return ({ graph: g, labelLogProbability, rowInput }) => {
    const ratio = ops.sub(g, rowInput('logP'), ops.stopGradient(g, labelLogProbability));
    const rowWeight = ops.exp(g, ops.clipDetached(g, ops.scale(g, ratio, gamma), clip.min, clip.max));
    return { rowLoss: ops.mul(g, rowWeight, ops.neg(g, labelLogProbability)), rowWeight };
  };
}

/**
 * Focal loss (Lin et al. 2017): (1 − P̂θ)^γ · −log P̂θ.
 * @param detached true: the factor is a constant, as in the official IMP/DIMP code's baseline; false: the textbook loss.
 */
export function focal(gamma: number, detached: boolean): LossFunction {
  return ({ graph: g, labelLogProbability }) => {
    const logP = detached ? ops.stopGradient(g, labelLogProbability) : labelLogProbability;
    const miss = ops.sub(g, g.scalar(1), ops.exp(g, logP));
    // x^γ for x ≥ 0 by squaring-free products: γ is a small whole number in practice, but any γ > 0 is right.
    const factor = gamma === 1 ? miss : power(g, miss, gamma);
    return { rowLoss: ops.mul(g, factor, ops.neg(g, labelLogProbability)), rowWeight: factor };
  };
}

/**
 * A loss whose weights leave some rows alone: where the row input `trusted` is 1 the row counts with weight 1 and plain
 * cross-entropy, where it is 0 as the loss says. For real rows mixed among synthetic ones.
 */
export function withTrustedRows(loss: LossFunction): LossFunction {
  return (context) => {
    const { rowWeight } = loss(context);
    if (rowWeight === undefined) throw new Error('a loss without weights has nothing to leave alone');
    const { graph: g, labelLogProbability } = context;
    const trusted = context.rowInput('trusted');
    const mixed = ops.add(g, trusted, ops.mul(g, ops.sub(g, g.scalar(1), trusted), rowWeight));
    return { rowLoss: ops.mul(g, mixed, ops.neg(g, labelLogProbability)), rowWeight: mixed };
  };
}

export { crossEntropy };

function power(g: Parameters<typeof ops.exp>[0], x: Parameters<typeof ops.exp>[1], exponent: number): typeof x {
  // The smallest normal float keeps log finite where the model is certain; the factor is then 0 to float precision.
  return ops.exp(g, ops.scale(g, ops.log(g, ops.add(g, x, g.scalar(1.2e-38))), exponent));
}
