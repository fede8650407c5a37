/** One published figure; `baseline` comes from the same run, so that machines can be compared. */
export type Result = {
  figure: string;
  value: number;
  unit: string;
  baseline: number;
  goal: number;
  more?: Record<string, number>;
};

/** Prints the one JSON line that ends every benchmark. */
export function printResult(result: Result): void {
  const ratio = Math.round((result.value / result.baseline) * 100) / 100;
  process.stdout.write(`${JSON.stringify({ ...result, ratio, ok: result.value <= result.goal })}\n`);
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** The value that `share` of all are not above. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}
