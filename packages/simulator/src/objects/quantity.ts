const units: Readonly<Record<string, number>> = {
  '': 1,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
};

/** A Kubernetes quantity as a number; 0 for what is none. */
export function quantity(value: unknown): number {
  const match = /^(\d+(?:\.\d+)?)([A-Za-z]*)$/.exec(String(value ?? ''));
  return Number(match?.[1] ?? 0) * (units[match?.[2] ?? ''] ?? 1);
}

/** A number as a quantity: memory in the largest binary unit that is whole, cpu in millicores where it is not. */
export function formatQuantity(resource: string, value: number): string {
  if (value === 0) return '0';
  if (resource.endsWith('memory')) {
    const unit = ['Ti', 'Gi', 'Mi', 'Ki'].find((name) => value % (units[name] ?? 1) === 0);
    return unit === undefined ? String(value) : `${value / (units[unit] ?? 1)}${unit}`;
  }
  return Number.isInteger(value) ? String(value) : `${Math.round(value * 1000)}m`;
}
