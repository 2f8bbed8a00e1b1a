/**
 * Confident learning (Northcutt, Jiang & Chuang, "Confident Learning: Estimating Uncertainty in Dataset Labels", JAIR 70, 2021):
 * which labels are likely wrong, by probabilities of models that were not trained on the rows. The numbers are those of cleanlab,
 * the authors' own package; ties, which it leaves to an unstable sort, go by row here.
 */

/** Rows with a given label each, and what a model that has not seen them says. */
export interface JudgedLabels {
  /** [rows, classCount] out-of-sample probabilities. */
  readonly probabilities: ArrayLike<number>;
  /** [rows] given label ids, each in 0 … classCount−1. */
  readonly labels: ArrayLike<number>;
  readonly classCount: number;
}

/** Slack of comparisons with a threshold, as cleanlab has it. */
const slack = 1e-6;

/**
 * The paper's t_j, [classCount]: the mean probability that rows given label j have of it. Infinity for a label that no row is
 * given.
 */
export function confidentThresholds({ probabilities, labels, classCount }: JudgedLabels): Float64Array {
  const sums = new Float64Array(classCount);
  const counts = new Float64Array(classCount);
  for (let row = 0; row < labels.length; row++) {
    sums[labels[row]] += probabilities[row * classCount + labels[row]];
    counts[labels[row]]++;
  }
  return sums.map((sum, label) => (counts[label] === 0 ? Infinity : Math.max(sum / counts[label], 2 * slack)));
}

/**
 * The label each row is confidently counted to, [rows]: the most probable one of those that reach their threshold, or −1 where
 * none does.
 */
export function confidentLabels(input: JudgedLabels): Int32Array {
  const { probabilities, labels, classCount } = input;
  const thresholds = confidentThresholds(input);
  return Int32Array.from({ length: labels.length }, (_, row) => {
    let best = -1;
    for (let label = 0; label < classCount; label++) {
      const own = probabilities[row * classCount + label];
      if (own < thresholds[label] - slack) continue;
      if (best === -1 || own > probabilities[row * classCount + best]) best = label;
    }
    return best;
  });
}

/**
 * The confident joint C, [classCount (given), classCount (confidently counted to)]: rows counted by both, at least one on the
 * diagonal for each label.
 */
export function confidentJoint(input: JudgedLabels): Int32Array {
  const { labels, classCount } = input;
  const joint = new Int32Array(classCount * classCount);
  confidentLabels(input).forEach((label, row) => {
    if (label !== -1) joint[labels[row] * classCount + label]++;
  });
  for (let label = 0; label < classCount; label++) {
    const at = label * classCount + label;
    joint[at] = Math.max(joint[at], 1);
  }
  return joint;
}

/**
 * The confident joint stretched to all rows: each given label's counts sum to the rows that have it (the paper's equation 3,
 * times the number of rows), in whole numbers.
 */
export function calibratedJoint(input: JudgedLabels): Int32Array {
  const { labels, classCount } = input;
  const given = new Int32Array(classCount);
  for (let row = 0; row < labels.length; row++) given[labels[row]]++;
  const joint = confidentJoint(input);
  const calibrated = new Int32Array(joint.length);
  for (let label = 0; label < classCount; label++) {
    const counts = joint.subarray(label * classCount, (label + 1) * classCount);
    const sum = counts.reduce((a, b) => a + b, 0);
    const stretched = Array.from(counts, (count) => (count / sum) * given[label]);
    calibrated.set(roundedToSum(stretched, given[label]), label * classCount);
  }
  return calibrated;
}

/** How rows are chosen whose label is likely wrong. */
export type IssueRule =
  /** For each pair of labels as many rows as the calibrated joint has there, those that lean most to the other label. */
  | 'noise rate'
  /** For each label as many rows as the calibrated joint has off the diagonal, those least probable. */
  | 'class'
  /** What both of these choose. */
  | 'both'
  /** The rows that the confident joint counts to another label. */
  | 'confident joint';

/** Marks the rows whose label is likely wrong, [rows], 1 or 0. Never one whose given label is the most probable. */
export function labelIssues(input: JudgedLabels, rule: IssueRule): Uint8Array {
  const { probabilities, labels, classCount } = input;
  const marked = new Uint8Array(labels.length);
  switch (rule) {
    case 'noise rate':
      pruneByNoiseRate(input, marked);
      break;
    case 'class':
      pruneByClass(input, marked);
      break;
    case 'both': {
      const byClass = labelIssues(input, 'class');
      pruneByNoiseRate(input, marked);
      byClass.forEach((issue, row) => (marked[row] &= issue));
      break;
    }
    case 'confident joint':
      confidentLabels(input).forEach((label, row) => {
        marked[row] = Number(label !== -1 && label !== labels[row]);
      });
  }
  return marked.map((issue, row) => {
    const own = probabilities[row * classCount + labels[row]] + slack;
    for (let label = 0; label < classCount; label++) {
      if (label !== labels[row] && probabilities[row * classCount + label] > own) return issue;
    }
    return 0;
  });
}

/** A number for each row by which it is ranked, lowest first: the lower, the likelier its label is wrong. */
export type LabelQuality =
  /** The probability of the given label, 0 to 1. */
  | 'self-confidence'
  /** That, less the largest of another label; moved to 0 … 1. */
  | 'normalized margin';

/**
 * How good each row's label is, [rows].
 *
 * @param adjusted Whether each label's threshold is first taken off its probabilities, for labels that the model favours.
 */
export function labelQuality(input: JudgedLabels, measure: LabelQuality, adjusted = false): Float64Array {
  const { labels, classCount } = input;
  const probabilities = adjusted ? lessThresholds(input) : input.probabilities;
  return Float64Array.from({ length: labels.length }, (_, row) => {
    const own = probabilities[row * classCount + labels[row]];
    if (measure === 'self-confidence') return own;
    let other = -Infinity;
    for (let label = 0; label < classCount; label++) {
      if (label !== labels[row]) other = Math.max(other, probabilities[row * classCount + label]);
    }
    return (own - other + 1) / 2;
  });
}

function lessThresholds(input: JudgedLabels): Float64Array {
  const { probabilities, labels, classCount } = input;
  // A label that no row is given: cleanlab takes a threshold that no probability reaches.
  const thresholds = confidentThresholds(input).map((threshold) => Math.min(threshold, 2));
  const largest = Math.max(...thresholds);
  const rest = new Float64Array(labels.length * classCount);
  for (let row = 0; row < labels.length; row++) {
    let sum = 0;
    for (let at = row * classCount, label = 0; label < classCount; at++, label++) {
      rest[at] = probabilities[at] - thresholds[label] + largest;
      sum += rest[at];
    }
    for (let at = row * classCount; at < (row + 1) * classCount; at++) rest[at] /= sum;
  }
  return rest;
}

function pruneByNoiseRate(input: JudgedLabels, marked: Uint8Array): void {
  const { probabilities, classCount } = input;
  const joint = calibratedJoint(input);
  rowsByLabel(input).forEach((rows, given) => {
    // The last row of a label stays.
    if (rows.length < 2) return;
    for (let other = 0; other < classCount; other++) {
      if (other === given) continue;
      const lean = (row: number): number =>
        probabilities[row * classCount + other] - probabilities[row * classCount + given];
      for (const row of firstBy(rows, (of) => -lean(of), joint[given * classCount + other])) marked[row] = 1;
    }
  });
}

function pruneByClass(input: JudgedLabels, marked: Uint8Array): void {
  const { probabilities, classCount } = input;
  const joint = calibratedJoint(input);
  rowsByLabel(input).forEach((rows, given) => {
    if (rows.length < 2) return;
    const issues = rows.length - Math.max(1, joint[given * classCount + given]);
    for (const row of firstBy(rows, (of) => probabilities[of * classCount + given], issues)) marked[row] = 1;
  });
}

function rowsByLabel({ labels, classCount }: JudgedLabels): number[][] {
  const rows = Array.from({ length: classCount }, (): number[] => []);
  for (let row = 0; row < labels.length; row++) rows[labels[row]].push(row);
  return rows;
}

function firstBy(rows: readonly number[], value: (row: number) => number, count: number): number[] {
  return [...rows].sort((a, b) => value(a) - value(b)).slice(0, count);
}

/** Whole numbers near the values that sum to `sum`: where rounding each misses it, those change that rounding changed most. */
function roundedToSum(values: readonly number[], sum: number): number[] {
  const rounded = values.map(roundHalfToEven);
  const missing = sum - rounded.reduce((a, b) => a + b, 0);
  const step = Math.sign(missing);
  const order = [...values.keys()].sort((a, b) => values[a] - rounded[a] - (values[b] - rounded[b]) || a - b);
  if (step > 0) order.reverse();
  for (const at of order.slice(0, Math.abs(missing))) rounded[at] += step;
  return rounded;
}

/** NumPy's rounding. */
function roundHalfToEven(value: number): number {
  const below = Math.floor(value);
  if (value - below !== 0.5) return Math.round(value);
  return below % 2 === 0 ? below : below + 1;
}
