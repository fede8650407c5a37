export type Testbed = { bin: string; stages: string; skipped?: undefined } | { skipped: string };

export function cacheFolder(): string;
export function ensureTestbed(options?: { log?: (line: string) => void }): Promise<Testbed>;
