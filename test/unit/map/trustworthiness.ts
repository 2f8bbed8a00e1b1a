/**
 * Trustworthiness of a layout (Venna and Kaski 2001): 1 where the k nearest of each point in the layout are among its k
 * nearest in truth, less for every intruder, by how far away it truly is. The definition of scikit-learn, with its distances.
 */
export function trustworthiness(
  truth: readonly ArrayLike<number>[],
  layout: readonly ArrayLike<number>[],
  k: number,
): number {
  const n = truth.length;
  let penalty = 0;
  for (let i = 0; i < n; i++) {
    const rank = new Map(orderFrom(truth, i).map((j, at) => [j, at + 1]));
    for (const j of orderFrom(layout, i).slice(0, k)) penalty += Math.max(0, rank.get(j)! - k);
  }
  return 1 - (2 / (n * k * (2 * n - 3 * k - 1))) * penalty;
}

/** The other points, nearest first. */
function orderFrom(points: readonly ArrayLike<number>[], i: number): number[] {
  const squared = points.map((point) => Array.from(point).reduce((sum, x, d) => sum + (x - points[i][d]) ** 2, 0));
  return [...points.keys()].filter((j) => j !== i).sort((a, b) => squared[a] - squared[b] || a - b);
}
