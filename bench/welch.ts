/** Two samples compared: Welch's t, and the chance of such a difference in means when there is none. */
export type Comparison = { t: number; p: number };

/** Share of the slowest measurements left out of each sample: garbage collections and the scheduler, not the code. */
const outliers = 0.05;

/** For large samples: the distribution of t is taken as normal. */
export function welch(a: readonly number[], b: readonly number[]): Comparison {
  const [x, y] = [momentsOf(trimmed(a)), momentsOf(trimmed(b))];
  const t = (x.mean - y.mean) / Math.sqrt(x.variance / x.count + y.variance / y.count);
  return { t, p: twoSided(Math.abs(t)) };
}

function trimmed(values: readonly number[]): number[] {
  return values.toSorted((a, b) => a - b).slice(0, Math.ceil(values.length * (1 - outliers)));
}

function momentsOf(values: readonly number[]): { mean: number; variance: number; count: number } {
  const count = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (count - 1);
  return { mean, variance, count };
}

/** Abramowitz and Stegun 26.2.17, good to 7.5e-8. */
function twoSided(z: number): number {
  const k = 1 / (1 + 0.2316419 * z);
  const series = k * (0.31938153 + k * (-0.356563782 + k * (1.781477937 + k * (-1.821255978 + k * 1.330274429))));
  return 2 * (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * series;
}
