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
