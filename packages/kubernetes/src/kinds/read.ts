import type { KubeObject } from './kind.ts';

/** Follows keys through JSON of unknown shape; `undefined` where the way ends. */
export function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  let current = value;
  for (const key of path) {
    if (typeof current !== 'object' || current === null) return undefined;
    if (!Object.hasOwn(current, key)) return undefined;
    current = (current as Record<string | number, unknown>)[key];
  }
  return current;
}

export function text(value: unknown): string | undefined {
  return typeof value === 'string' ? clean(value) : undefined;
}

/** A whole number within PostgreSQL's integer. */
export function int(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && Math.abs(value) < 2_147_483_647
    ? Math.trunc(value)
    : undefined;
}

export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export function time(value: unknown): Date | undefined {
  if (typeof value !== 'string') return undefined;
  const date = new Date(value);
  return Number.isNaN(date.getTime()) ? undefined : date;
}

/** PostgreSQL refuses U+0000, and half a surrogate pair is no character. */
export function clean(value: string): string {
  return value.isWellFormed() && !value.includes('\0') ? value : value.toWellFormed().replaceAll('\0', '\uFFFD');
}

const maxLabels = 64;
const maxLabelBytes = 4096;

/** Labels as strings, at most 64 and 4 KiB; a copy without a prototype's keys. */
export function labelsOf(value: unknown): Record<string, string> {
  const labels: [string, string][] = [];
  let bytes = 0;
  for (const [key, label] of Object.entries(typeof value === 'object' && value !== null ? value : {})) {
    if (typeof label !== 'string' || key === '__proto__') continue;
    bytes += key.length + label.length;
    if (labels.length >= maxLabels || bytes > maxLabelBytes) break;
    labels.push([clean(key), clean(label)]);
  }
  return Object.fromEntries(labels);
}

/** The `status` of a condition by its type: `True`, `False`, `Unknown`. */
export function condition(
  object: KubeObject,
  type: string,
): { status: string; reason?: string; message?: string } | undefined {
  const found = list(at(object, 'status', 'conditions')).find((entry) => at(entry, 'type') === type);
  const status = text(at(found, 'status'));
  if (status === undefined) return undefined;
  const reason = text(at(found, 'reason'));
  const message = text(at(found, 'message'))?.slice(0, 500);
  return { status, ...(reason === undefined ? {} : { reason }), ...(message === undefined ? {} : { message }) };
}

const suffixes: Record<string, number> = {
  '': 1,
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/** A Kubernetes quantity as a number: `500m` is 0.5, `1Gi` is 1073741824. */
export function quantity(value: unknown): number | undefined {
  const source = typeof value === 'number' ? String(value) : value;
  if (typeof source !== 'string') return undefined;
  const match = /^([+-]?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?)(n|u|m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)?$/.exec(source.trim());
  if (match === null) return undefined;
  const number = Number(match[1]) * (suffixes[match[2] ?? ''] ?? 1);
  return Number.isFinite(number) ? number : undefined;
}
