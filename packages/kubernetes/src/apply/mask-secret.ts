/** Of a Secret the keys, not the values; beside the one before, which of them change. */
export function maskSecret(object: Record<string, unknown>, before?: Record<string, unknown>): Record<string, unknown> {
  if (object.kind !== 'Secret') return object;
  const mask = (part: 'data' | 'stringData') => {
    const values = object[part];
    if (typeof values !== 'object' || values === null) return {};
    const old = before?.[part] as Record<string, unknown> | undefined;
    const masked = Object.entries(values).map(([key, value]) => [
      key,
      old?.[key] !== undefined && old[key] !== value ? '[secret, changed]' : '[secret]',
    ]);
    return { [part]: Object.fromEntries(masked) };
  };
  return { ...object, ...mask('data'), ...mask('stringData') };
}

/**
 * What a cluster says about a write, fit to be shown and stored: of a Secret nothing that quotes one of its values, as
 * they were given or decoded.
 */
export function withoutSecretValues(object: Record<string, unknown>, said: string): string {
  if (object.kind !== 'Secret') return said;
  const quoted = valuesOf(object).some((value) => value.length >= 3 && said.includes(value));
  return quoted ? 'The cluster’s answer about this Secret quotes one of its values, so it is not shown.' : said;
}

function valuesOf(object: Record<string, unknown>): string[] {
  const of = (part: 'data' | 'stringData') => {
    const values = object[part];
    return typeof values === 'object' && values !== null ? Object.values(values).map(String) : [];
  };
  const data = of('data');
  return [...data, ...of('stringData'), ...data.map((value) => Buffer.from(value, 'base64').toString())];
}
