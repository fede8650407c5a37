/** One published figure; `baseline` comes from the same run, so that machines can be compared. */
export type Result = {
  figure: string;
  value: number;
  unit: string;
  baseline: number;
  goal: number;
  /** Where more than `value` is promised; else it is `value` within `goal`. */
  ok?: boolean;
  more?: Record<string, number>;
};

/** Prints the one JSON line that ends every benchmark. */
export function printResult({ figure, value, unit, baseline, goal, ok = value <= goal, more }: Result): void {
  const ratio = Math.round((value / baseline) * 100) / 100;
  process.stdout.write(`${JSON.stringify({ figure, value, unit, baseline, ratio, goal, ok, more })}\n`);
}

export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

/** The value that `share` of all are not above. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}
