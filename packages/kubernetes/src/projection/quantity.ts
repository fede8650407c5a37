const suffixes: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
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

const form = /^([+-]?(?:\d{1,40}(?:\.\d{0,40})?|\.\d{1,40}))(?:([eE][+-]?\d{1,2})|(n|u|m|k|[MGTPE]i?|Ki))?$/;

/**
 * A Kubernetes quantity as a number: `250m` is 0.25, `1Gi` is 1073741824; `undefined` for what is none.
 * @see https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
 */
export function parseQuantity(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (typeof value !== 'string' || value.length > 64) return undefined;
  const match = form.exec(value);
  if (match === null) return undefined;
  const [, digits = '', exponent, suffix = ''] = match;
  if (exponent !== undefined) return Number(`${digits}${exponent}`);
  return Number(digits) * (suffixes[suffix] ?? 1);
}

/** CPU in thousandths of a core, rounded up like the scheduler does. */
export function cpuMilli(value: unknown): number | undefined {
  const cores = parseQuantity(value);
  return cores === undefined ? undefined : Math.min(2_147_483_647, Math.ceil(roundNoise(cores * 1000)));
}

export function memoryBytes(value: unknown): number | undefined {
  const bytes = parseQuantity(value);
  return bytes === undefined ? undefined : Math.min(Number.MAX_SAFE_INTEGER, Math.ceil(roundNoise(bytes)));
}

/** 0.1 × 3 must not become the next whole number. */
function roundNoise(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}
